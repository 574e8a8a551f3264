"""What takes two persons as pages show it: what waits, what came of the rest, who may do what."""

from collections.abc import Iterable
from dataclasses import dataclass

from ....desk.proposals import COLLECT_US
from ....people import Entry, Operation, Permission, Person
from ....people.proposal_records import APPROVED, DONE, EXPIRED, PROPOSED, WITHDRAWN
from ....people.proposals import LIFETIME_US
from .deeds import pairs

STATES = (PROPOSED, APPROVED, WITHDRAWN, EXPIRED, DONE)
_EXPORTS = (Operation.KEY_EXPORT, Operation.BULK_EXPORT)
_LEVELS = {DONE: "good", APPROVED: "watch", PROPOSED: "watch"}


@dataclass(frozen=True, slots=True)
class Row:
    """A proposal, and what the person who looks may do about it."""

    number: int
    operation: str
    arguments: tuple[tuple[str, str], ...]
    proposer: str
    reason: str
    made_us: int
    void_us: int
    state: str
    by: str | None
    settled_us: int | None
    outcome: str | None
    is_own: bool
    may_approve: bool
    may_withdraw: bool
    may_collect: bool

    @property
    def level(self) -> str:
        """How its state looks."""
        return _LEVELS.get(self.state, "")


def row(entry: Entry, person: Person, now_us: int) -> Row:
    """Return a proposal as it is shown to `person` at `now_us`."""
    proposal = entry.proposal
    is_own = proposal.proposer == person.name
    void_us = proposal.made_us + LIFETIME_US
    waits = entry.state == PROPOSED and now_us < void_us
    may_approve = person.role.may(Permission.APPROVE)
    is_fresh = entry.settled_us is not None and now_us - entry.settled_us < COLLECT_US
    return Row(
        number=proposal.number,
        operation=proposal.operation,
        arguments=pairs(proposal.arguments),
        proposer=proposal.proposer,
        reason=proposal.reason,
        made_us=proposal.made_us,
        void_us=void_us,
        state=EXPIRED if entry.state == PROPOSED and not waits else entry.state,
        by=entry.by,
        settled_us=entry.settled_us,
        outcome=entry.outcome,
        is_own=is_own,
        may_approve=waits and may_approve and not is_own,
        may_withdraw=waits and (may_approve or is_own),
        may_collect=is_own and proposal.operation in _EXPORTS and entry.state == DONE and is_fresh,
    )


def split(rows: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    """Return the proposals that wait, and those that are settled."""
    waiting, settled = list[Row](), list[Row]()
    for each in rows:
        (waiting if each.state == PROPOSED else settled).append(each)
    return waiting, settled
