"""Wakes a sans-IO core on the virtual clock, with one live event however its deadline moves."""

from collections.abc import Callable

from simpy import Environment

from .clockwork import US_PER_MS, at, now_us


class Waker:
    """Calls `act` when the time of `next_deadline()` (ms, None for never) has come.

    `act` polls the core and then calls `sleep`. A deadline that has moved on by the time its event
    comes costs that event only.
    """

    def __init__(
        self, env: Environment, next_deadline: Callable[[], int | None], act: Callable[[], None]
    ) -> None:
        self._env = env
        self._next_deadline = next_deadline
        self._act = act
        self._wake_us: int | None = None

    def sleep(self) -> None:
        """See to it that `act` is called at the deadline."""
        deadline = self._next_deadline()
        if deadline is not None and (self._wake_us is None or deadline * US_PER_MS < self._wake_us):
            now = now_us(self._env)
            self._wake_us = max(deadline * US_PER_MS, now)
            at(self._env, self._wake_us - now, self._wake, self._wake_us)

    def _wake(self, due_us: int) -> None:
        if due_us != self._wake_us:
            return  # A sooner deadline came up since.
        self._wake_us = None
        deadline = self._next_deadline()
        if deadline is not None and deadline <= now_us(self._env) // US_PER_MS:
            self._act()
        else:
            self.sleep()
