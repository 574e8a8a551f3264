"""Operations that take two persons: one proposes, another approves, then it is done once.

The study asks it of sensitive operations (community.md, "Data security"). Sans-IO: who calls
writes to the log what happened before it acts on it: see `proposal_records`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

LIFETIME_US = 15 * 60 * 1_000_000
"""A proposal that nobody approves within this is void."""


class Operation(StrEnum):
    """What takes two persons."""

    DOOR_RELEASE = "door release"
    VALVE = "valve"
    KEY_EXPORT = "key export"
    BULK_EXPORT = "bulk export"
    DECOMMISSION = "decommission"


class ProposalError(Exception):
    """A proposal cannot be made, approved or withdrawn by this person now; the message says why.

    `key` names the reason, for pages in another language; `number` is the proposal's, if any.
    """

    def __init__(self, message: str, key: str, number: int | None = None) -> None:
        super().__init__(message)
        self.key = key
        self.number = number


@dataclass(frozen=True, slots=True)
class Proposal:
    """`proposer` wants `operation` done with `arguments`, for a stated `reason`."""

    number: int
    operation: Operation
    arguments: Mapping[str, Any] = field(hash=False)
    proposer: str
    reason: str
    made_us: int


class Proposals:
    """The proposals that wait for a second person, by number."""

    def __init__(self, last: int = 0) -> None:
        self._last = last
        self._open: dict[int, Proposal] = {}

    @classmethod
    def restore(cls, last: int, waiting: Iterable[Proposal]) -> "Proposals":
        """Return those that waited when `last` was the highest number given."""
        proposals = cls(last)
        proposals._open = {proposal.number: proposal for proposal in waiting}
        return proposals

    def propose(
        self,
        operation: Operation,
        arguments: Mapping[str, Any],
        proposer: str,
        reason: str,
        now_us: int,
    ) -> Proposal:
        """Enter a proposal and return it; ProposalError without a reason."""
        if not reason.strip():
            raise ProposalError(
                "a proposal needs a reason, for the second person and the audit", key="no_reason"
            )
        self._last += 1
        proposal = Proposal(self._last, operation, dict(arguments), proposer, reason, now_us)
        self._open[proposal.number] = proposal
        return proposal

    def approve(self, number: int, person: str, now_us: int) -> Proposal:
        """Take a proposal out to be done; ProposalError when `person` may not, or it is over."""
        proposal = self._waiting(number, now_us)
        if person == proposal.proposer:
            raise ProposalError(
                f"proposal {number} is {person}'s own: another person approves it",
                key="own_proposal",
                number=number,
            )
        return self._open.pop(number)

    def withdraw(self, number: int, now_us: int) -> Proposal:
        """Take a proposal out that will not be done; ProposalError when it is over."""
        self._waiting(number, now_us)
        return self._open.pop(number)

    def expire(self, now_us: int) -> Iterator[Proposal]:
        """Take out and yield the proposals that nobody approved in time."""
        for proposal in list(self._open.values()):
            if now_us - proposal.made_us >= LIFETIME_US:
                yield self._open.pop(proposal.number)

    def waiting(self, now_us: int) -> list[Proposal]:
        """Return the proposals that can still be approved, oldest first."""
        return [each for each in self._open.values() if now_us - each.made_us < LIFETIME_US]

    def _waiting(self, number: int, now_us: int) -> Proposal:
        proposal = self._open.get(number)
        if proposal is None:
            raise ProposalError(
                f"no proposal {number} waits: it is done, withdrawn, or never was",
                key="settled_proposal",
                number=number,
            )
        if now_us - proposal.made_us >= LIFETIME_US:
            raise ProposalError(
                f"proposal {number} is older than {LIFETIME_US // 60_000_000} min",
                key="late_proposal",
                number=number,
            )
        return proposal
