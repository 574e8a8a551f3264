"""Real time, as a rig's clock."""

import time

from .interfaces import Missing


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
