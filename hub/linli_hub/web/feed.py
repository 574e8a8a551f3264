"""What happens, for whoever follows it: notices, read from the log once they are durable.

A notice says that something happened at a device, and little of what: whoever is told asks the API,
which knows what may be shown. The log is the queue, and each follower has a place in it: a slow one
costs nothing, and nobody misses anything.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus

from ..live.running import RunningSite
from ..projections.event import events
from .notices import Kind, Notice, notice
from .problems import ProblemError
from .recent import Recent

_PAGE = 1000
_DURABLE_S = 20.0
# So many at least have room beside each other, however often each follows.
_PERSONS = 4
_NOT_OPEN = (Kind.INCIDENT, Kind.PASSAGE, Kind.READING)


class Feed:
    """Reads what `running` has written down, for at most `most` followers."""

    def __init__(self, running: RunningSite, most: int) -> None:
        self.followers = 0
        self.closed = False
        self._running = running
        self._most = most
        self._of_person: Counter[str] = Counter()
        self._grown = asyncio.Event()
        self._recent = Recent(running.site.vault, lambda: self.followers > 0)
        running.projections.append(self._recent)
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
        site, head = self._running.site, self.head
        recent = self._recent.since(after, head, kinds)
        if recent is not None:
            return max(after, head), recent

        def read() -> tuple[int, list[Notice]]:
            with site.database.reading() as transaction:
                rows = site.log.page(transaction, after, _PAGE)
            found = (notice(event) for event in events(rows, site.vault))
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
