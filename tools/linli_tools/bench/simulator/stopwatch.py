"""What a piece of simulation did, and the time it took of the processor and by the clock."""

from dataclasses import dataclass
from time import perf_counter, process_time


@dataclass(frozen=True, slots=True)
class Done:
    """`count` of the row's unit in so many seconds.

    `delivered` is the share of the packets sent that arrived, None where none are sent: two that
    simulate the same thing agree on it.
    """

    count: float
    cpu_s: float
    wall_s: float
    delivered: float | None = None


class Stopwatch:
    """Runs from its beginning."""

    def __init__(self) -> None:
        self._wall_s = perf_counter()
        self._cpu_s = process_time()

    def done(self, count: float, delivered: float | None = None) -> Done:
        """Return what was done since the beginning."""
        cpu_s = process_time() - self._cpu_s
        return Done(count, cpu_s, perf_counter() - self._wall_s, delivered)
