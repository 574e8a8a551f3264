"""Milliseconds that never wrap, from a tick counter that does."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# MicroPython's ticks wrap at 2^30 ms; differences are right up to half of that, 6.2 days. Whoever
# waits goes to sleep for no longer than this, so that no wrap passes unseen.
LONGEST_SLEEP_MS = 3_600_000


class Monotonic:
    """A call returns the ms since it was made; calls come at least every LONGEST_SLEEP_MS."""

    def __init__(
        self, ticks_ms: "Callable[[], int]", ticks_diff: "Callable[[int, int], int]"
    ) -> None:
        self._ticks_ms = ticks_ms
        self._ticks_diff = ticks_diff
        self._last = ticks_ms()
        self._now = 0

    def __call__(self) -> int:
        """Return the ms that have passed."""
        ticks = self._ticks_ms()
        self._now += self._ticks_diff(ticks, self._last)
        self._last = ticks
        return self._now
