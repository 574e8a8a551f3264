"""Calling something at a virtual time: SimPy's Environment in integer microseconds."""

from collections.abc import Callable
from typing import TypeVarTuple, cast

from simpy import Environment, Event
from simpy.events import NORMAL

US_PER_MS = 1_000
US_PER_S = 1_000_000
US_PER_H = 3_600 * US_PER_S
MS_PER_H = US_PER_H // US_PER_MS

Arguments = TypeVarTuple("Arguments")


class _Call:
    """All that SimPy's loop asks of an event, for a call that nobody waits for."""

    __slots__ = ("_arguments", "_callback", "callbacks")
    _ok = True

    def __init__(self, callback: Callable[..., None], arguments: tuple[object, ...]) -> None:
        self._callback = callback
        self._arguments = arguments
        self.callbacks: tuple[Callable[[_Call], None], ...] | None = _CALLBACKS

    def run(self) -> None:
        self._callback(*self._arguments)


_CALLBACKS = (_Call.run,)


def now_us(env: Environment) -> int:
    """Return the virtual time; SimPy types it int or float, but under int delays it stays int."""
    return env._now  # type: ignore[return-value]


def at(
    env: Environment,
    delay_us: int,
    callback: Callable[[*Arguments], None],
    *arguments: *Arguments,
) -> None:
    """Call `callback(*arguments)` in `delay_us`; ValueError when that lies in the past.

    No generator and no event to wait for: 0.9 million calls a second with 2 300 pending (measured),
    where SimPy's Timeout with a callback makes 0.7 million.
    """
    if delay_us < 0:
        raise ValueError(f"{-delay_us} µs in the past")
    env.schedule(cast(Event, _Call(callback, arguments)), NORMAL, delay_us)
