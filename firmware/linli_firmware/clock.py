"""Wall-clock time kept against a monotonic millisecond counter.

Times on the wire are Unix seconds in UTC. Local time needs no time-zone data on the device: the
hub sends the offset in force and the next change of it (summer time) with every time message.
"""

import struct

DAY_S = 86400

# Offset and next offset in minutes, between them the Unix second of the change, 0 for none.
_ZONE = ">hIh"


class Clock:
    """Unix time as a function of a monotonic `now` in ms, and local time as one of Unix time.

    `latest` is the latest Unix time that it had reached when it was set to another, 0 for none.
    """

    def __init__(self) -> None:
        self.latest = 0
        self._unix_ms_at_zero: "int | None" = None
        self._offset_s = 0
        self._next_change: "int | None" = None
        self._next_offset_s = 0

    def set(
        self,
        unix_s: int,
        now: int,
        utc_offset_min: int = 0,
        next_change: "int | None" = None,
        next_offset_min: int = 0,
    ) -> None:
        """Take `unix_s` as the time at `now`, and the local offset with its next change."""
        self.set_time(unix_s, now)
        self._offset_s = utc_offset_min * 60
        self._next_change = next_change
        self._next_offset_s = next_offset_min * 60

    def set_time(self, unix_s: int, now: int) -> None:
        """Take `unix_s` as the time at `now`; the local offset and its next change stay."""
        self.latest = max(self.latest, self.unix(now) or 0)
        self._unix_ms_at_zero = unix_s * 1000 - now

    def zone(self) -> bytes:
        """Return the local offset and its next change, for `restore`; 8 bytes."""
        return struct.pack(
            _ZONE, self._offset_s // 60, self._next_change or 0, self._next_offset_s // 60
        )

    def restore(self, zone: bytes) -> None:
        """Take the local offset and its next change from what `zone` returned."""
        offset_min, next_change, next_offset_min = struct.unpack(_ZONE, zone)
        self._offset_s = offset_min * 60
        self._next_change = next_change or None
        self._next_offset_s = next_offset_min * 60

    def unix(self, now: int) -> "int | None":
        """Return Unix seconds at `now`, None while the time is not known."""
        if self._unix_ms_at_zero is None:
            return None
        return (self._unix_ms_at_zero + now) // 1000

    def when(self, unix_s: int) -> int:
        """Return the monotonic ms at which Unix time reaches `unix_s`; the time must be known."""
        assert self._unix_ms_at_zero is not None, "the time is not known"
        return unix_s * 1000 - self._unix_ms_at_zero

    def local(self, unix_s: int) -> int:
        """Return local seconds since 1970-01-01 00:00 local at Unix time `unix_s`."""
        changed = self._next_change is not None and unix_s >= self._next_change
        return unix_s + (self._next_offset_s if changed else self._offset_s)


def weekday(local_s: int) -> int:
    """Return the day of the week of local seconds, Monday 0; 1970-01-01 was a Thursday."""
    return (local_s // DAY_S + 3) % 7


def minute_of_day(local_s: int) -> int:
    """Return the minute of the local day, 0 to 1439."""
    return local_s % DAY_S // 60
