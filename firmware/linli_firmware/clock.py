"""Wall-clock time kept against a monotonic millisecond counter.

Times on the wire are Unix seconds in UTC. Local time needs no time-zone data on the device: the
hub sends the offset in force and the next change of it (summer time) with every time message.
"""

DAY_S = 86400


class Clock:
    """Unix and local time as functions of a monotonic `now` in ms; both None until set."""

    def __init__(self):
        self._unix_ms_at_zero = None
        self._offset_s = 0
        self._next_change = None
        self._next_offset_s = 0
        self.set_at = None

    def set(self, unix_s, now, utc_offset_min=0, next_change=None, next_offset_min=0):
        """Take `unix_s` as the time at `now`, and the local offset with its next change."""
        self._unix_ms_at_zero = unix_s * 1000 - now
        self._offset_s = utc_offset_min * 60
        self._next_change = next_change
        self._next_offset_s = next_offset_min * 60
        self.set_at = now

    def unix(self, now):
        """Return Unix seconds at `now`, None while the time is not known."""
        if self._unix_ms_at_zero is None:
            return None
        return (self._unix_ms_at_zero + now) // 1000

    def when(self, unix_s):
        """Return the monotonic ms at which Unix time reaches `unix_s`; the time must be known."""
        return unix_s * 1000 - self._unix_ms_at_zero

    def local(self, now):
        """Return local seconds since 1970-01-01 00:00 local, None while the time is not known."""
        unix_s = self.unix(now)
        if unix_s is None:
            return None
        changed = self._next_change is not None and unix_s >= self._next_change
        return unix_s + (self._next_offset_s if changed else self._offset_s)


def weekday(local_s):
    """Return the day of the week of local seconds, Monday 0; 1970-01-01 was a Thursday."""
    return (local_s // DAY_S + 3) % 7


def minute_of_day(local_s):
    """Return the minute of the local day, 0 to 1439."""
    return local_s % DAY_S // 60
