"""The machine module of the emulated board."""

import select

from umachine import PinBase

import power

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5

# The RTC's file: why the board starts (a byte), the length of its memory (two), the memory.
_rtc_file = None
_uart_file = None


def setup(rtc, uart, levels):
    """Take the open files of the RTC's memory and of the serial line, and driven pins' levels."""
    global _rtc_file, _uart_file
    _rtc_file = rtc
    _uart_file = uart
    Pin.levels.update(levels)


def reset_cause():
    _rtc_file.seek(0)
    cause = _rtc_file.read(1)
    return cause[0] if cause else PWRON_RESET


def reset():
    raise power.Off(power.RESET)


def deepsleep(ms=0):
    raise power.Off(power.DEEP_SLEEP)


def wake_pins():
    """After a deep sleep: what something drives high as the board starts."""
    return tuple([number for number, level in Pin.levels.items() if level])


class RTC:
    def memory(self, data=None):
        _rtc_file.seek(1)
        if data is None:
            length = int.from_bytes(_rtc_file.read(2), "little")
            return _rtc_file.read(length)
        _rtc_file.write(len(data).to_bytes(2, "little"))
        _rtc_file.write(data)
        _rtc_file.flush()
        return None

    def datetime(self, fields=None):
        pass


class WDT:
    def __init__(self, id=0, timeout=5000):
        pass

    def feed(self):
        pass


class Pin(PinBase):
    IN = 1
    OUT = 2
    PULL_UP = 1
    PULL_DOWN = 2
    IRQ_RISING = 1
    IRQ_FALLING = 2

    levels = {}

    def __init__(self, number, mode=IN, pull=None, value=None):
        self._number = number
        if value is not None:
            Pin.levels[number] = value
        Pin.levels.setdefault(number, 1 if pull == Pin.PULL_UP else 0)

    def init(self, mode=IN, pull=None, hold=None):
        pass

    def value(self, level=None):
        if level is None:
            return Pin.levels[self._number]
        Pin.levels[self._number] = level
        return None

    def irq(self, handler, trigger=0):
        pass


class ADC:
    ATTN_11DB = 3

    def __init__(self, pin, atten=ATTN_11DB):
        pass

    def read_uv(self):
        return 1_500_000


class UART:
    """The one serial line, whatever its number."""

    def __init__(self, number, baudrate=115200, **settings):
        self._poll = select.poll()
        self._poll.register(_uart_file, select.POLLIN)

    def any(self):
        return 1 if self._poll.poll(0) else 0

    def read(self, count=256):
        return _uart_file.read(count) or None if self.any() else None

    def readinto(self, buffer):
        return _uart_file.readinto(buffer) or None if self.any() else None

    def write(self, data):
        return _uart_file.write(data)

    def txdone(self):
        return True

    def deinit(self):
        pass
