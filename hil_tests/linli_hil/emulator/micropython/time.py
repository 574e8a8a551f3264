"""The time module of the emulated board: the chip's clock, which may be virtual."""

import chip
import registers
from utime import gmtime as _gmtime
from utime import mktime, ticks_add, ticks_cpu, ticks_diff  # noqa: F401

# asyncio's C code has a clock of its own, the host's, and takes what is due by it for overdue:
# virtual time is far ahead of that.
_AHEAD_US = 1 << 51


def ticks_us():
    return chip.now() + _AHEAD_US if chip.words[registers.IS_VIRTUAL] else chip.now()


def ticks_ms():
    return ticks_us() // 1000


def sleep_us(us):
    chip.wait(chip.now() + us)


def sleep_ms(ms):
    sleep_us(ms * 1000)


def sleep(s):
    sleep_us(int(s * 1_000_000))


def time_ns():
    return (chip.now() + chip.words[registers.RTC_AHEAD]) * 1000


def time():
    return (chip.now() + chip.words[registers.RTC_AHEAD]) // 1_000_000


def gmtime(s=None):
    return _gmtime(time() if s is None else s)


localtime = gmtime
