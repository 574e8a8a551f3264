"""Wakes a sans-IO core on the virtual clock, with few events however its deadline moves."""

from collections.abc import Callable

from simpy import Environment

from .clockwork import US_PER_MS, at, now_us


class Waker:
    """Calls `act` when the time of `next_deadline()` (ms, None for never) has come.

    `act` polls the core and then calls `sleep`. A deadline that has moved on by the time its event
    comes costs that event only, and one that has moved back finds the event still there.
    """

    def __init__(
        self, env: Environment, next_deadline: Callable[[], int | None], act: Callable[[], None]
    ) -> None:
        self._env = env
        self._next_deadline = next_deadline
        self._act = act
        self._due_us: int | None = None
        # When events come, the next one last.
        self._events_us: list[int] = []

    def sleep(self) -> None:
        """See to it that `act` is called at the deadline."""
        deadline = self._next_deadline()
        if deadline is None:
            self._due_us = None
            return
        now = now_us(self._env)
        self._due_us = max(deadline * US_PER_MS, now)
        self._schedule(self._due_us, now)

    def _schedule(self, due_us: int, now: int) -> None:
        if not self._events_us or due_us < self._events_us[-1]:
            self._events_us.append(due_us)
            at(self._env, due_us - now, self._wake)

    def _wake(self) -> None:
        now = self._events_us.pop()
        if self._due_us is None:
            return
        if self._due_us <= now:
            self._act()
        else:
            self._schedule(self._due_us, now)
