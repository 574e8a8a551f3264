"""What became of proposals, as the log tells of it.

Records, with the body:

* "proposal": `proposal` (its number), `operation`, `arguments`, `reason`, `by`;
* "proposal approved": `proposal`, `by` (the second person);
* "proposal withdrawn": `proposal`, `by`;
* "proposal expired": `proposal`;
* "proposal done": `proposal`, `outcome`, in words.

One that was approved and is not done was interrupted: it is not done again by itself.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..projections import Event, Projection
from ..storage import Transaction
from .proposals import Operation, Proposal, Proposals

PROPOSED = "proposal"
APPROVED = "proposal approved"
WITHDRAWN = "proposal withdrawn"
EXPIRED = "proposal expired"
DONE = "proposal done"
_ENDS = (APPROVED, WITHDRAWN, EXPIRED, DONE)


@dataclass(frozen=True, slots=True)
class Entry:
    """A proposal, and what became of it.

    `state` is the kind of its last record, `by` the person who approved or withdrew it, at
    `settled_us`; `outcome` is there when it is done.
    """

    proposal: Proposal
    state: str
    by: str | None
    settled_us: int | None
    outcome: str | None


def proposed(proposal: Proposal) -> dict[str, Any]:
    """Return the body of a "proposal" record, whose time is the proposal's `made_us`."""
    return {
        "proposal": proposal.number,
        "operation": proposal.operation,
        "arguments": proposal.arguments,
        "reason": proposal.reason,
        "by": proposal.proposer,
    }


def approved(number: int, by: str) -> dict[str, Any]:
    """Return the body of a "proposal approved" or "proposal withdrawn" record."""
    return {"proposal": number, "by": by}


def done(number: int, outcome: str) -> dict[str, Any]:
    """Return the body of a "proposal done" record."""
    return {"proposal": number, "outcome": outcome}


def history(transaction: Transaction, before: int | None = None, limit: int = 100) -> list[Entry]:
    """Return proposals, the newest first, numbered below `before`."""
    found = transaction.query(
        f"SELECT {_COLUMNS}, state, settler, settled_us, outcome FROM proposals "
        "WHERE number < ? ORDER BY number DESC LIMIT ?",
        [_NO_NUMBER if before is None else before, limit],
    )
    return [Entry(_proposal(row), *row[6:]) for row in found]


def restored(transaction: Transaction) -> Proposals:
    """Return the proposals that waited for a second person when the hub ended."""
    ((last,),) = transaction.query("SELECT COALESCE(MAX(number), 0) FROM proposals")
    found = transaction.query(
        f"SELECT {_COLUMNS} FROM proposals WHERE state = ? ORDER BY number", [PROPOSED]
    )
    return Proposals.restore(int(last), map(_proposal, found))


_COLUMNS = "number, operation, arguments, proposer, reason, made_us"
_NO_NUMBER = (1 << 63) - 1


def _proposal(row: Sequence[Any]) -> Proposal:
    number, operation, arguments, proposer, reason, made_us = row[:6]
    return Proposal(number, Operation(operation), json.loads(arguments), proposer, reason, made_us)


def _apply(transaction: Transaction, events: Sequence[Event]) -> None:
    for event in events:
        body = event.body
        if event.kind == PROPOSED:
            transaction.execute(
                f"INSERT INTO proposals ({_COLUMNS}, state) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    body["proposal"],
                    body["operation"],
                    json.dumps(body["arguments"], ensure_ascii=False),
                    body["by"],
                    body["reason"],
                    event.time_us,
                    PROPOSED,
                ],
            )
        elif event.kind in _ENDS:
            transaction.execute(
                "UPDATE proposals SET state = ?, settler = COALESCE(?, settler), settled_us = ?, "
                "outcome = ? WHERE number = ?",
                [
                    event.kind,
                    body.get("by"),
                    event.time_us,
                    body.get("outcome"),
                    body["proposal"],
                ],
            )


PROPOSALS = Projection(
    "proposals",
    1,
    {
        "proposals": "number BIGINT PRIMARY KEY, operation TEXT NOT NULL, arguments TEXT NOT NULL, "
        "proposer TEXT NOT NULL, reason TEXT NOT NULL, made_us BIGINT NOT NULL, "
        "state TEXT NOT NULL, settler TEXT, settled_us BIGINT, outcome TEXT",
    },
    _apply,
)
"""Table `proposals`; `arguments` is JSON."""
