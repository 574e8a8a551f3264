"""Times several ways of doing one job in turns, so that the machine's moods meet them all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import process_time
from timeit import Timer


@dataclass(frozen=True, slots=True)
class Work:
    """`seconds(times)` does it so many times, `units` units each, and returns how long it took."""

    seconds: Callable[[int], float]
    units: int = 1


@dataclass(frozen=True, slots=True)
class Budget:
    """Each way has a turn in each round: as many times as fit into `turn_s`, once at least."""

    rounds: int = 9
    turn_s: float = 0.01


def work(call: Callable[[], object], units: int = 1) -> Work:
    """Return the work of calling `call`, which does `units` units, in time of the processor.

    What else the machine runs has a part of that only by way of caches and clock.
    """
    return Work(Timer(call, timer=process_time).timeit, units)


def time_in_turns(ways: Mapping[str, Work], budget: Budget) -> dict[str, float]:
    """Return the seconds that a unit takes each way, the median of the rounds."""
    times = {name: _times(way, budget.turn_s) for name, way in ways.items()}
    rounds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(budget.rounds):
        for name, way in ways.items():
            rounds[name].append(way.seconds(times[name]) / (times[name] * way.units))
    return {name: median(seconds) for name, seconds in rounds.items()}


def _times(way: Work, turn_s: float) -> int:
    """Return how often the work fits into a turn; the clock is too coarse to time it once."""
    times = 1
    while (elapsed_s := way.seconds(times)) <= turn_s / 4:
        times *= 2
    return max(1, round(times * turn_s / elapsed_s))
