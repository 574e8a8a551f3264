"""The audit as pages show it: who did what, each record in words."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ....live.running import COMMAND
from ....people.accounts import LOGIN_FAILED, PERSON, TOKEN, TOKEN_REVOKED
from ....people.proposal_records import APPROVED, PROPOSED, WITHDRAWN
from ....privacy import CONSENT, PLACED
from ....projections import ERASURE
from ....registry import ENROLLED, RETIRED
from ....views.audit import ACCESS, Deed
from ....views.incidents import INCIDENT
from ..formats import address

KINDS = (
    ACCESS,
    COMMAND,
    CONSENT,
    ENROLLED,
    ERASURE,
    INCIDENT,
    LOGIN_FAILED,
    PERSON,
    PLACED,
    PROPOSED,
    APPROVED,
    WITHDRAWN,
    RETIRED,
    TOKEN,
    TOKEN_REVOKED,
)
"""The kinds of records that have a person in them, as the filter offers them."""

VALUES = ("given", "operation", "purpose", "role")
"""The names of values that are words, each with the table of the same name."""


@dataclass(frozen=True, slots=True)
class Row:
    """A deed; `told` are the names and values of its record, None if it is sealed."""

    number: int
    time_us: int
    by: str
    kind: str
    device: str | None
    told: tuple[tuple[str, str], ...] | None


def row(deed: Deed) -> Row:
    """Return a deed as it is shown."""
    return Row(
        number=deed.number,
        time_us=deed.time_us,
        by=deed.by,
        kind=deed.kind,
        device=address(deed.device) if deed.device else None,
        told=None if deed.told is None else pairs(deed.told),
    )


def pairs(told: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return what a record or a proposal has, but who did it; devices by their addresses."""
    return tuple(
        (name, _text(name, value))
        for name, value in told.items()
        if name != "by" and value not in (None, "", {})
    )


def _text(name: str, value: Any) -> str:
    if name == "device" and isinstance(value, int):
        return address(value)
    if isinstance(value, dict):
        return ", ".join(told for _, told in pairs(value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
