"""Who did what, and who looked at what.

An "access" record is of somebody who was shown what is not open: `by`, `what` (doors, meters ...)
and `about` (a device, a household, a period; nothing that was shown). Every other record that has
`by` is a change, and is in the audit, too.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..projections import Event, Projection
from ..storage import Transaction

ACCESS = "access"
# What would let somebody in.
_SECRETS = ("password", "hash")


@dataclass(frozen=True, slots=True)
class Deed:
    """What `by` did, told in row `number` of the log as a record of `kind`.

    `told` is the record without secrets; None: it is sealed, see `opening.opened`.
    """

    number: int
    time_us: int
    by: str
    kind: str
    device: int
    told: Mapping[str, Any] | None


def access(by: str, what: str, about: str = "") -> dict[str, Any]:
    """Return the body of an "access" record."""
    return {"by": by, "what": what, "about": about}


def audit(
    transaction: Transaction,
    by: str | None = None,
    kind: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Deed]:
    """Return deeds before the row `before`, the newest first, of one person or kind or of all."""
    where, values = ["1 = 1"], list[Any]()
    for condition, value in (("person = ?", by), ("kind = ?", kind), ("number < ?", before)):
        if value is not None:
            where.append(condition)
            values.append(value)
    found = transaction.query(
        "SELECT number, time_us, person, kind, device, told FROM audit "
        f"WHERE {' AND '.join(where)} ORDER BY number DESC LIMIT ?",
        [*values, limit],
    )
    return [
        Deed(number, time_us, person, what, device, None if told is None else json.loads(told))
        for number, time_us, person, what, device, told in found
    ]


def _without_secrets(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in _SECRETS}


def _apply(transaction: Transaction, happened: Sequence[Event]) -> None:
    transaction.execute_all(
        "INSERT INTO audit (number, time_us, person, kind, device, told, data_key) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                event.number,
                event.time_us,
                event.body["by"],
                event.kind,
                event.device,
                None if event.key else json.dumps(_without_secrets(event.body), ensure_ascii=False),
                event.key,
            )
            for event in happened
            if event.body.get("by")
        ],
    )


AUDIT = Projection(
    "audit",
    1,
    {
        "audit": "number BIGINT PRIMARY KEY, time_us BIGINT NOT NULL, person TEXT NOT NULL, "
        "kind TEXT NOT NULL, device BIGINT NOT NULL, told TEXT, data_key BIGINT NOT NULL, "
        "UNIQUE (person, number)",
    },
    _apply,
    sealed=("audit",),
)
"""Table `audit`: `told` is JSON, null where the record is sealed."""
