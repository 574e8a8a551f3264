"""A virtual clock that keeps pace with the machine's: SimPy's Environment in an asyncio loop."""

import asyncio
import time
from math import inf

from simpy import Environment

from ..clockwork import US_PER_S, at, now_us


class Pace:
    """Has `env` live in real time, from 0 at the moment this is made. For a running loop.

    Whoever hands something in from outside calls `catch_up` before, so that it happens now, and
    `plan` after. What an event raises ends `run`.
    """

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._began_us = time.monotonic_ns() // 1000
        self._loop = asyncio.get_running_loop()
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._planned_us: float = inf
        self._is_now = True

    async def run(self) -> None:
        """Live until cancelled."""
        self.plan()
        try:
            await self._over
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def catch_up(self) -> None:
        """Have all happen that is due by now."""
        ahead_us = time.monotonic_ns() // 1000 - self._began_us - now_us(self._env)
        if ahead_us <= 0:
            return
        # Environment.run(until) leaves an event behind that would be due at once.
        self._is_now = False
        at(self._env, ahead_us, self._arrive)
        while not self._is_now:
            self._env.step()

    def plan(self) -> None:
        """See to it that what comes next happens in time."""
        due_us = self._env.peek()
        if due_us == self._planned_us:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        self._planned_us = due_us
        if due_us != inf:
            at_s = (self._began_us + due_us) / US_PER_S
            # asyncio's clock is monotonic_ns, too, but nothing says that it has to be.
            wait_s = at_s - time.monotonic_ns() / 1e9
            self._timer = self._loop.call_later(max(wait_s, 0), self._wake)

    def fail(self, error: BaseException) -> None:
        """End `run` with an error."""
        if not self._over.done():
            self._over.set_exception(error)

    def _arrive(self) -> None:
        self._is_now = True

    def _wake(self) -> None:
        self._planned_us = inf
        self._timer = None
        try:
            self.catch_up()
        except Exception as error:
            self.fail(error)
            return
        self.plan()
