"""The machine module of the emulated board."""

import chip
import registers
import uselect
import utime
from umachine import PinBase, Signal, idle, soft_reset  # noqa: F401

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5

_uart_file = None


def setup(uart):
    """Take the open file of the serial line."""
    global _uart_file
    _uart_file = uart


def reset_cause():
    return chip.words[registers.CAUSE]


def reset():
    chip.off(registers.RESET)


def deepsleep(ms=None):
    if chip.words[registers.GPIO_PINS]:
        raise ValueError("DEEPSLEEP with gpio pins not supported on this chip")
    _wake_after(ms)
    chip.off(registers.DEEP_SLEEP)


def lightsleep(ms=None):
    _wake_after(ms)
    chip.sleep(chip.words[registers.WAKE_AT] or None)


def _wake_after(ms):
    # 0 is as good as none at all: the chip would wake at once.
    chip.words[registers.WAKE_AT] = 0 if ms is None else chip.now() + ms * 1000


def wake_pins():
    """Return the numbers of the pins that have ended the deep sleep."""
    woken = chip.words[registers.WOKEN]
    return tuple([pin for pin in range(registers.PINS) if woken >> pin & 1])


class RTC:
    def memory(self, data=None):
        start = registers.RTC_MEMORY * 8
        if data is None:
            return bytes(chip.memory[start : start + chip.words[registers.RTC_LENGTH]])
        if len(data) > registers.RTC_BYTES:
            raise ValueError("buffer too long")
        chip.memory[start : start + len(data)] = data
        chip.words[registers.RTC_LENGTH] = len(data)
        return None

    def datetime(self, fields=None):
        at = chip.now()
        if fields is None:
            us = at + chip.words[registers.RTC_AHEAD]
            year, month, day, hour, minute, second, weekday = utime.gmtime(us // 1_000_000)[:7]
            return (year, month, day, weekday, hour, minute, second, us % 1_000_000)
        year, month, day, _, hour, minute, second, us = fields
        seconds = utime.mktime((year, month, day, hour, minute, second, 0, 0))
        chip.words[registers.RTC_AHEAD] = seconds * 1_000_000 + us - at
        return None


class WDT:
    def __init__(self, id=0, timeout=5000):
        # First when it bites: the host may look at any time.
        chip.words[registers.WATCHDOG_AT] = chip.now() + timeout * 1000
        chip.words[registers.WATCHDOG_US] = timeout * 1000

    def feed(self):
        chip.words[registers.WATCHDOG_AT] = chip.now() + chip.words[registers.WATCHDOG_US]


class Pin(PinBase):
    IN = 1
    OUT = 3
    PULL_DOWN = 1
    PULL_UP = 2
    IRQ_RISING = 1
    IRQ_FALLING = 2

    def __init__(self, number, mode=None, pull=None, value=None, hold=None):
        if not 0 <= number < registers.PINS:
            raise ValueError("invalid pin")
        self.number = number
        self.init(mode, pull, value, hold)

    def init(self, mode=None, pull=None, value=None, hold=None):
        words = chip.words
        number = self.number
        if value is not None:
            words[registers.LATCH + number] = int(bool(value))
        if mode is not None:
            words[registers.MODE + number] = mode
            words[registers.PULL + number] = pull or 0
        if hold is not None:
            words[registers.HOLD + number] = int(hold)
        chip.set_pad(number)

    def value(self, level=None):
        if level is None:
            chip.now()
            return chip.level(self.number)
        chip.words[registers.LATCH + self.number] = int(bool(level))
        chip.set_pad(self.number)
        return None

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def irq(self, handler=None, trigger=IRQ_RISING | IRQ_FALLING):
        if handler is None:
            chip.handlers.pop(self.number, None)
        else:
            chip.handlers[self.number] = (handler, trigger, self)


class Counter:
    """Rising edges at a pin, counted by the hardware."""

    def __init__(self, id, src, filter_ns=0):
        self._pin = src.number
        self._zero = 0
        self._zero = self.value()

    def value(self, count=None):
        chip.now()
        words = chip.words
        total = words[registers.RISEN + self._pin] + words[registers.COUNTED + self._pin]
        found = total - self._zero
        if count is not None:
            self._zero = total - count
        return found


class ADC:
    ATTN_0DB = 0
    ATTN_2_5DB = 1
    ATTN_6DB = 2
    ATTN_11DB = 3

    def __init__(self, pin, atten=ATTN_11DB):
        self._pin = pin if isinstance(pin, int) else pin.number

    def read_uv(self):
        return chip.words[registers.MILLIVOLTS + self._pin] * 1000


class UART:
    """The serial line is UART 1; at the others there is nobody."""

    def __init__(self, number, baudrate=115200, **settings):
        self._is_line = number == 1
        self._poll = uselect.poll()
        if self._is_line:
            self._poll.register(_uart_file, uselect.POLLIN)

    def any(self):
        return 1 if self._poll.poll(0) else 0

    def read(self, count=256):
        return _uart_file.read(count) or None if self.any() else None

    def readinto(self, buffer):
        return _uart_file.readinto(buffer) or None if self.any() else None

    def write(self, data):
        if not self._is_line:
            return len(data)
        chip.stir()
        return _uart_file.write(data)

    def txdone(self):
        return True

    def deinit(self):
        pass
