"""The loop of a live hub: packets come from the ways, what is due is done, commits release."""

import asyncio
from collections.abc import Callable, Sequence

from ..journal import Journal
from ..ways import Reply, Way, WayError
from .engine import Clock, Engine

# The longest wait for the engine's next deadline, in case the clock's second hand is corrected.
_LOOK_S = 1.0


class Service:
    """Runs `engine` over `ways`; `after_commit` is called in the loop after each commit."""

    def __init__(
        self,
        engine: Engine,
        journal: Journal,
        clock: Clock,
        ways: Sequence[Way],
        after_commit: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._clock = clock
        self._ways = ways
        self._after_commit = after_commit
        self._due = asyncio.Event()
        self._waiting: list[tuple[int, asyncio.Future[bool]]] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self) -> None:
        """Serve until cancelled; WayError when a way cannot begin."""
        self._loop = asyncio.get_running_loop()
        try:
            async with asyncio.TaskGroup() as tasks:
                for way in self._ways:
                    tasks.create_task(way.serve(self._receive))
                tasks.create_task(self._turn())
        except BaseExceptionGroup as group:
            closed = group.subgroup(WayError)
            if closed is None:
                raise
            raise WayError("; ".join(map(str, closed.exceptions))) from group

    def on_durable(self) -> None:
        """Release what waited for a commit; for the journal's thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._release)

    def kick(self) -> None:
        """Have the engine do what has become due by a call from outside."""
        self._due.set()

    async def durable(self, position: int) -> bool:
        """Wait until the journal's `position` is durable; False: it never will be."""
        if self._journal.durable >= position or self._journal.failed:
            return self._journal.durable >= position
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((position, future))
        return await future

    def _receive(self, way: str, packet: bytes, reply: Reply) -> bool:
        authentic = self._engine.receive(way, packet, reply)
        self._due.set()
        return authentic

    def _release(self) -> None:
        self._engine.release()
        self._after_commit()
        durable, failed = self._journal.durable, self._journal.failed
        waiting, self._waiting = self._waiting, []
        for position, future in waiting:
            if durable < position and not failed:
                self._waiting.append((position, future))
            elif not future.done():
                future.set_result(durable >= position)

    async def _turn(self) -> None:
        while True:
            self._due.clear()
            self._engine.turn()
            at = self._engine.next_deadline()
            wait_s = _LOOK_S if at is None else (at - self._clock.now_ms()) / 1000
            try:
                async with asyncio.timeout(max(min(wait_s, _LOOK_S), 0)):
                    await self._due.wait()
            except TimeoutError:
                pass
