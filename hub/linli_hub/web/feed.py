"""What happens, for whoever follows it: notices, read from the log once they are durable.

A notice says that something happened at a device, and little of what: whoever is told asks the API,
which knows what may be shown. The log is the queue, and each follower has a place in it: a slow one
costs nothing, and nobody misses anything.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from linli_protocol import catalogue, codes, messages, words

from ..live.running import RunningSite
from ..people import Permission, Role
from ..people.proposal_records import APPROVED, DONE, EXPIRED, PROPOSED, WITHDRAWN
from ..privacy import MESSAGE
from ..privacy.catalogue import DEVICES
from ..projections import Event
from ..projections.event import events
from ..registry import ENROLLED, RETIRED
from ..views.incidents import INCIDENT
from .problems import ProblemError

_PAGE = 1000
_DURABLE_S = 20.0
# So many at least have room beside each other, however often each follows.
_PERSONS = 4
_ALARM = catalogue.KINDS[messages.ALARM].name
_EVENT = catalogue.KINDS[messages.EVENT].name
_PROPOSALS = frozenset({PROPOSED, APPROVED, WITHDRAWN, EXPIRED, DONE})


class Kind(StrEnum):
    """What a notice is about."""

    INCIDENT = "incident"
    """A call for help, or what was done about it."""
    PASSAGE = "passage"
    """An event at a door."""
    READING = "reading"
    """What a meter tells of its register, its use and its pipe."""
    HEARD = "heard"
    """Any other message; also a device that is enrolled, or served no more."""
    PROPOSAL = "proposal"
    """What takes two persons was proposed, or what became of it."""


SEES = {
    Kind.INCIDENT: Permission.SEE_INCIDENTS,
    Kind.PASSAGE: Permission.SEE_DOORS,
    Kind.READING: Permission.SEE_METERS,
    Kind.HEARD: Permission.SEE_SITE,
    Kind.PROPOSAL: Permission.PROPOSE,
}
"""The permission that it takes to be told of each kind."""

_NOT_OPEN = (Kind.INCIDENT, Kind.PASSAGE, Kind.READING)
_BY_MESSAGE = {
    catalogue.KINDS[number].name: Kind.READING
    for number in (
        messages.READING,
        messages.READINGS,
        messages.MEASUREMENT,
        messages.LOG_CHUNK,
    )
}
_BY_CODE = {
    **dict.fromkeys(DEVICES[codes.DOOR].events, Kind.PASSAGE),
    **dict.fromkeys(DEVICES[codes.METER].events, Kind.READING),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened, told in row `row` of the log, at `device` if at any.

    `what` is a message's name, the state that an incident has come to ("raised" at first), or the
    kind of the record. `about` is the row of an incident's alarm, or the number of a proposal.
    """

    row: int
    time_us: int
    kind: Kind
    what: str
    device: int | None
    about: int | None


class Feed:
    """Reads what `running` has written down, for at most `most` followers."""

    def __init__(self, running: RunningSite, most: int) -> None:
        self.followers = 0
        self.closed = False
        self._running = running
        self._most = most
        self._of_person: Counter[str] = Counter()
        self._grown = asyncio.Event()
        running.after_commit.append(self._wake)

    @property
    def head(self) -> int:
        """The last row of the log."""
        return self._running.site.journal.head.number

    @contextmanager
    def following(self, name: str) -> Iterator[None]:
        """Count a follower, some person; a problem when there are enough, or enough of one."""
        if self.followers >= self._most:
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"{self._most} clients follow already",
                {"Retry-After": "10"},
            )
        if self._of_person[name] >= max(self._most // _PERSONS, 1):
            raise ProblemError(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"{name} follows {self._of_person[name]} times already",
                {"Retry-After": "10"},
            )
        self.followers += 1
        self._of_person[name] += 1
        try:
            yield
        finally:
            self.followers -= 1
            self._of_person[name] -= 1
            if not self._of_person[name]:
                del self._of_person[name]

    async def note_access(self, name: str, kinds: Collection[Kind]) -> None:
        """Have the audit know that somebody is told of what is not open."""
        told = [kind for kind in _NOT_OPEN if kind in kinds]
        if told:
            now_us = self._running.clock.unix_us()
            position = self._running.site.tell_access(name, "events", ", ".join(told), now_us)
            with suppress(TimeoutError):
                async with asyncio.timeout(_DURABLE_S):
                    if await self._running.service.durable(position):
                        return
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "the database takes nothing")

    async def read(self, after: int, kinds: Collection[Kind]) -> tuple[int, list[Notice]]:
        """Return notices of rows above `after`, and the last row that they were looked for in."""
        site = self._running.site

        def read() -> tuple[int, list[Notice]]:
            with site.database.reading() as transaction:
                rows = site.log.page(transaction, after, _PAGE)
            found = (_notice(event) for event in events(rows, site.vault))
            last = rows[-1].number if rows else after
            return last, [each for each in found if each is not None and each.kind in kinds]

        return await asyncio.to_thread(read)

    async def grown(self, after: int) -> None:
        """Wait until the log has rows above `after`, or there will be none any more."""
        while self.head <= after and not self.closed:
            await self._grown.wait()

    def close(self) -> None:
        """Let all followers go."""
        self.closed = True
        self._wake()

    def _wake(self) -> None:
        self._grown.set()
        self._grown = asyncio.Event()


def may_follow(role: Role) -> frozenset[Kind]:
    """Return what a role may be told of."""
    return frozenset(kind for kind, permission in SEES.items() if role.may(permission))


def _notice(event: Event) -> Notice | None:
    """Return the notice of a row; None: it is of no kind."""
    body, about = event.body, None
    if event.kind == MESSAGE:
        what = body["message"]
        if what == _ALARM:
            kind, what, about = Kind.INCIDENT, "raised", event.number
        elif what == _EVENT and "code" not in body:
            # A name that is kept apart from its event, of which there is a row of its own.
            return None
        else:
            kind = _BY_CODE.get(body.get("code", 0)) or _BY_MESSAGE.get(what, Kind.HEARD)
    elif event.kind == INCIDENT:
        kind, what, about = Kind.INCIDENT, words.ALARM_STATES[body["state"]], body["alarm"]
    elif event.kind in (ENROLLED, RETIRED):
        kind, what = Kind.HEARD, event.kind
    elif event.kind in _PROPOSALS:
        kind, what, about = Kind.PROPOSAL, event.kind, body["proposal"]
    else:
        return None
    return Notice(event.number, event.time_us, kind, what, event.device or None, about)
