"""What takes two persons: one proposes it, another approves it, and then it is done once."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..live.running import RunningSite
from ..people import Entry, Operation, Permission, Person, Proposal, ProposalError, history
from ..people.proposal_records import APPROVED, DONE, EXPIRED, PROPOSED, WITHDRAWN, approved, done
from ..people.proposal_records import proposed as proposed_body
from ..people.proposals import LIFETIME_US
from .errors import DeskError, NotFound, Refused
from .operations import OPERATIONS, Handed
from .subject import Subject

COLLECT_US = LIFETIME_US
"""What an approved export hands over waits so long for its proposer."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    proposal: Proposal
    handed: Handed
    since_us: int


class TwoPersons(Subject):
    """Proposals, from the first person's word to the outcome."""

    def __init__(self, running: RunningSite) -> None:
        super().__init__(running)
        self._handed: dict[int, _Waiting] = {}
        self._under_way: set[asyncio.Task[str]] = set()

    async def propose(
        self, person: Person, operation: Operation, arguments: Mapping[str, Any], reason: str
    ) -> Proposal:
        """Enter a proposal, which another person approves within 15 min, or it is void.

        `operations` says which arguments each operation takes; Refused when they do not fit.
        """
        way = OPERATIONS[Operation(operation)]
        self._allow(person, Permission.PROPOSE, *way.needs)
        checked = way.check(self._running, arguments)
        try:
            proposal = self._site.proposals.propose(
                Operation(operation), checked, person.name, reason, self._now_us()
            )
        except ProposalError as error:
            raise _refused(error) from error
        # Its time is the proposal's, for it counts again after a restart.
        position = self._site.tell(PROPOSED, proposed_body(proposal), proposal.made_us)
        await self._durable(position)
        return proposal

    async def approve(self, person: Person, number: int) -> str:
        """Approve another person's proposal, have it done, and return the outcome.

        It is done, and its outcome written down, even if whoever waits for this gives up.
        """
        self._allow(person, Permission.APPROVE)
        proposer = self._proposer(number)
        if proposer is not None:
            self._still_may(proposer, number)
        try:
            proposal = self._site.proposals.approve(number, person.name, self._now_us())
        except ProposalError as error:
            raise _refused(error) from error
        task = asyncio.create_task(self._carry_out(proposal, person))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def withdraw(self, person: Person, number: int) -> None:
        """Take a proposal back: one's own, or as a second person who declines it."""
        if self._proposer(number) != person.name:
            self._allow(person, Permission.APPROVE)
        try:
            self._site.proposals.withdraw(number, self._now_us())
        except ProposalError as error:
            raise _refused(error) from error
        await self._tell(WITHDRAWN, approved(number, person.name))

    async def proposals(
        self, person: Person, before: int | None = None, limit: int = 100
    ) -> list[Entry]:
        """Return proposals, the newest first, numbered below `before`, and what became of them."""
        if not self._may(person, Permission.SEE_AUDIT):
            self._allow(person, Permission.PROPOSE)
        return await self._read(lambda transaction: history(transaction, before, limit))

    async def collect(self, person: Person, number: int) -> Handed:
        """Return what the person's own approved export hands over, once.

        After 15 min, or a restart of the hub, it is gone, and has to be proposed anew.
        """
        self._drop_uncollected()
        waiting = self._handed.get(number)
        if waiting is None:
            raise NotFound(f"proposal {number} has nothing to collect, or no more")
        if waiting.proposal.proposer != person.name:
            raise Refused(f"proposal {number} is {waiting.proposal.proposer}'s to collect")
        self._still_may(person.name, number)
        del self._handed[number]
        await self._access(person, waiting.proposal.operation, f"proposal {number}")
        return waiting.handed

    async def expire(self) -> None:
        """Write down which proposals nobody approved in time; for the desk's own loop."""
        self._drop_uncollected()
        for proposal in self._site.proposals.expire(self._now_us()):
            await self._tell(EXPIRED, {"proposal": proposal.number})

    async def _carry_out(self, proposal: Proposal, person: Person) -> str:
        number = proposal.number
        await self._tell(APPROVED, approved(number, person.name))
        try:
            outcome, handed = await OPERATIONS[proposal.operation].carry_out(
                self._running, proposal, person.name
            )
        except DeskError as error:
            outcome, handed = f"not done: {error}", None
        except Exception as error:
            _log.exception("proposal %d failed", number)
            outcome, handed = f"failed: {type(error).__name__}", None
        if handed is not None:
            self._handed[number] = _Waiting(proposal, handed, self._now_us())
        await self._tell(DONE, done(number, outcome))
        return outcome

    def _proposer(self, number: int) -> str | None:
        waiting = self._site.proposals.waiting(self._now_us())
        return next((each.proposer for each in waiting if each.number == number), None)

    def _still_may(self, name: str, number: int) -> None:
        known = self._site.accounts.person(name)
        if known is None or not known.role.may(Permission.PROPOSE):
            raise Refused(f"{name}, whose proposal {number} is, may propose nothing any more")

    def _drop_uncollected(self) -> None:
        oldest_us = self._now_us() - COLLECT_US
        self._handed = {
            number: each for number, each in self._handed.items() if each.since_us > oldest_us
        }


def _refused(error: ProposalError) -> Refused:
    return Refused(str(error), key=error.key, number=error.number)
