"""A clock with its own cell: DS3231 (and DS3232, which has the same registers).

Its time is given, and taken, as the board's own clock's: `unix_s()` and `set_unix_s(s)`. It drifts
by 2 ppm, 1.2 s a week (its data sheet); a door may drift by 10 s (IEC 60839-11-1, Table 4).
"""

from ..clock import DAY_S, weekday
from ..dates import date_of, day_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import I2c

ADDRESS = 0x68

# Seconds, minutes, hours, weekday from 1, day, month, year, in BCD; a read of all is one snapshot.
# The bits for the 12-hour mode and the next century make hour and month impossible.
_TIME = 0x00
_STATUS = 0x0F
# Set when the oscillator has stood still: the cell was missing or flat.
_STOPPED = 0x80

# A time before this software was written, or after the chip's calendar, was never set.
FIRST_UNIX_S = 1_767_225_600
LAST_UNIX_S = 4_102_444_799


class Ds3231:
    """The chip on `i2c`; OSError when it does not answer."""

    def __init__(self, i2c: "I2c", address: int = ADDRESS) -> None:
        self._i2c = i2c
        self._address = address

    def has_stopped(self) -> bool:
        """Tell whether the time was lost since it was last set."""
        return bool(self._i2c.readfrom_mem(self._address, _STATUS, 1)[0] & _STOPPED)

    def unix_s(self) -> "int | None":
        """Return the time, None when it was lost or cannot be."""
        if self.has_stopped():
            return None
        fields = self._i2c.readfrom_mem(self._address, _TIME, 7)
        second, minute, hour, _, day, month, year = [_from_bcd(each) for each in fields]
        if second > 59 or minute > 59 or hour > 23:
            return None
        try:
            days = day_of("20%02d-%d-%d" % (year, month, day))
        except ValueError:
            return None
        unix_s = days * DAY_S + hour * 3600 + minute * 60 + second
        return unix_s if FIRST_UNIX_S <= unix_s <= LAST_UNIX_S else None

    def set_unix_s(self, unix_s: int) -> None:
        """Set the time; ValueError when it is before 2026 or after 2099."""
        if not FIRST_UNIX_S <= unix_s <= LAST_UNIX_S:
            raise ValueError("unix_s: not between 2026 and 2099")
        year, month, day = date_of(unix_s // DAY_S)
        of_day = unix_s % DAY_S
        fields = (
            of_day % 60,
            of_day // 60 % 60,
            of_day // 3600,
            weekday(unix_s) + 1,
            day,
            month,
            year % 100,
        )
        self._i2c.writeto_mem(self._address, _TIME, bytes([_to_bcd(each) for each in fields]))
        # Last, so that a power cut in between leaves the time marked as lost.
        status = self._i2c.readfrom_mem(self._address, _STATUS, 1)[0]
        self._i2c.writeto_mem(self._address, _STATUS, bytes((status & ~_STOPPED,)))


def _from_bcd(byte: int) -> int:
    """Return the number, 100 when a digit is above 9."""
    return 100 if byte & 15 > 9 or byte >> 4 > 9 else (byte >> 4) * 10 + (byte & 15)


def _to_bcd(number: int) -> int:
    return number // 10 << 4 | number % 10
