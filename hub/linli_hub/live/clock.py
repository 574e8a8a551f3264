"""The clock of the machine that a hub runs on."""

import time
from datetime import datetime
from zoneinfo import ZoneInfo


class SystemClock:
    """The system's clock, with the local time of a zone; see `engine.Clock`."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)

    def now_ms(self) -> int:
        """Return the ms since the machine was started."""
        return time.monotonic_ns() // 1_000_000

    def unix_us(self) -> int:
        """Return Unix time in µs."""
        return time.time_ns() // 1000

    def utc_offset_min(self) -> int:
        """Return how far local time is ahead of UTC now, in minutes."""
        offset = datetime.now(self._zone).utcoffset()
        assert offset is not None
        return round(offset.total_seconds() / 60)
