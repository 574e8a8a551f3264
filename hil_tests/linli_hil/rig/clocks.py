"""Real time, as a rig's clock."""

import time

from .interfaces import Missing

# How late it may be noticed that a board has done something.
LOOK_MS = 5
# The longest that virtual time goes on without a board that waits: its watchdog bites after 60 s.
_LATEST_MS = 40_000
# Into how many pieces a board at rest cuts a long time, at least.
_PIECES = 50


def lateness(ms: int) -> int:
    """Return how late a board may find itself in virtual time when `ms` pass with little to do.

    It would look at its things every few milliseconds; 120 hours of that take hours to compute.
    """
    return min(ms // _PIECES, _LATEST_MS)


class RealClock:
    """The host's time; whoever would wait longer than `patience_s` at a time is told so."""

    def __init__(self, patience_s: float = 60) -> None:
        self._patience_s = patience_s

    def now_ms(self) -> int:
        """Return the monotonic ms."""
        return time.monotonic_ns() // 1_000_000

    def unix_s(self) -> int:
        """Return the Unix time."""
        return int(time.time())

    def pass_time(self, ms: int) -> None:
        """Wait."""
        if ms > self._patience_s * 1000:
            raise Missing(f"patience for {ms / 1000:g} s of real time (--patience)")
        time.sleep(ms / 1000)

    def wait(self, ms: int, late_ms: int = 0) -> None:
        """Wait a moment."""
        time.sleep(min(ms, LOOK_MS) / 1000)
