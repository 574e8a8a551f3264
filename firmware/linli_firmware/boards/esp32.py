"""The ESP32 family (ESP32, S3, C3, C6) under MicroPython's esp32 port."""

import asyncio
import gc
import os
import select
import sys
import time

import machine
import micropython
from esp32 import NVS, Partition

from .pins import Analogue, Input, Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .sleeping import SleepingBoard

# Where whoever provisions a board puts address and key: 4 and 16 bytes, one blob.
_NAMESPACE = "linli"
_IDENTITY = "identity"
_IDENTITY_LENGTH = 20
_JOINS = "joins"

# time.time() counts from 2000-01-01 on this port.
_EPOCH_S = 946_684_800 if time.gmtime(0)[0] == 2000 else 0
CTRL_C = 3

# One frame of the longest packet and some: a write then never waits.
_TX_BUFFER = 512


class Retained:
    """The RTC's memory, which outlives resets and deep sleep but not the loss of power.

    Its first byte is the board's: whether the clock has been set to the true time.
    """

    def __init__(self) -> None:
        self._rtc = machine.RTC()

    def read(self) -> bytes:
        """Return what was written last, nothing when power has been lost."""
        return self._rtc.memory()[1:]

    def write(self, data: bytes) -> None:
        """Keep `data`."""
        self._rtc.memory(bytes((self.is_clock_true(),)) + data)

    def is_clock_true(self) -> bool:
        """Tell what was said last of the clock."""
        return self._rtc.memory()[:1] == b"\x01"

    def set_clock_true(self, is_true: bool) -> None:
        """Keep whether the clock is true."""
        if is_true != self.is_clock_true():
            self._rtc.memory(bytes((is_true,)) + self.read())


class Board:
    """What the node asks of its board. OSError and ValueError of the hardware pass through."""

    ticks_ms = staticmethod(time.ticks_ms)
    ticks_diff = staticmethod(time.ticks_diff)
    sleep_ms = staticmethod(asyncio.sleep_ms)
    random = staticmethod(os.urandom)

    def __init__(self) -> None:
        self.retained = Retained()
        self._keyboard = select.poll()
        self._keyboard.register(sys.stdin, select.POLLIN)
        # Pin to PCNT unit: drivers that are built anew take the same again.
        self._counters: "dict[int, int]" = {}
        self.console_open = False

    # Pins and buses.

    def pin_in(self, number: int, pull: "str | None" = None, inverted: bool = False) -> Input:
        """Return an input; `pull` is "up", "down" or None."""
        return Input(number, pull, inverted)

    def pin_out(self, number: int, initial: int = 0, inverted: bool = False) -> Output:
        """Return an output that is at once at its initial level."""
        return Output(number, initial, inverted)

    def pin(self, number: int) -> "machine.Pin":
        """Return the pin itself, for drivers that set it up on their own (LoRa)."""
        return machine.Pin(number)

    def adc(self, number: int) -> Analogue:
        """Return an analogue input."""
        return Analogue(number)

    def counter(self, number: int, filter_ns: int = 12_000) -> "machine.Counter":
        """Return a hardware counter of the rising edges at a pin (PCNT)."""
        unit = self._counters.setdefault(number, len(self._counters))
        return machine.Counter(unit, machine.Pin(number), filter_ns=filter_ns)

    def uart(
        self,
        number: int,
        baudrate: int,
        tx: int,
        rx: int,
        bits: int = 8,
        parity: "int | None" = None,
        stop: int = 1,
        rx_buffer: int = 512,
    ) -> "machine.UART":
        """Return a serial port that never waits."""
        return machine.UART(
            number,
            baudrate,
            tx=tx,
            rx=rx,
            bits=bits,
            parity=parity,
            stop=stop,
            rxbuf=rx_buffer,
            txbuf=_TX_BUFFER,
            timeout=0,
        )

    def spi(self, number: int, baudrate: int, sck: int, mosi: int, miso: int) -> "machine.SPI":
        """Return an SPI bus."""
        clock, output, input_ = machine.Pin(sck), machine.Pin(mosi), machine.Pin(miso)
        return machine.SPI(number, baudrate, sck=clock, mosi=output, miso=input_)

    def i2c(self, number: int, sda: int, scl: int) -> "machine.I2C":
        """Return an I2C bus."""
        return machine.I2C(number, sda=machine.Pin(sda), scl=machine.Pin(scl))

    def wlan(self):
        """Return the Wi-Fi station."""
        import network

        return network.WLAN(network.STA_IF)

    def ble(self):
        """Return the Bluetooth radio."""
        import bluetooth

        return bluetooth.BLE()

    def uuid(self, text: str):
        """Return a Bluetooth UUID."""
        import bluetooth

        return bluetooth.UUID(text)

    # Time, sleep, resets.

    def unix_s(self) -> "int | None":
        """Return the time of the chip's clock, None when it was never set."""
        return int(time.time()) + _EPOCH_S if self.retained.is_clock_true() else None

    def set_unix_s(self, unix_s: int) -> None:
        """Set the chip's clock, which runs on through resets and deep sleep."""
        self._set_clock(unix_s)
        self.retained.set_clock_true(True)

    def set_not_before(self, unix_s: int) -> None:
        """Have the chip's clock say at least `unix_s`, a time that has passed for certain.

        Who checks certificates goes by it (mbedTLS); for all others it does not know the time.
        """
        if time.time() + _EPOCH_S < unix_s:
            self._set_clock(unix_s)
            self.retained.set_clock_true(False)

    def _set_clock(self, unix_s: int) -> None:
        year, month, day, hour, minute, second, weekday = time.gmtime(unix_s - _EPOCH_S)[:7]
        machine.RTC().datetime((year, month, day, weekday, hour, minute, second, 0))

    def reset_cause(self) -> int:
        """Return why the board started, as linli_protocol.codes numbers it."""
        return machine.reset_cause()

    def watchdog(self, timeout_s: int) -> "machine.WDT":
        """Start the watchdog; nothing stops it again."""
        return machine.WDT(timeout=timeout_s * 1000)

    def reset(self) -> None:
        """Start the board anew."""
        machine.reset()

    def sleeping(self) -> "SleepingBoard":
        """Return this board, able to sleep; for all pins of a device that does."""
        from .sleeping import SleepingBoard

        return SleepingBoard(self)

    # Identity and key.

    def identity(self) -> "tuple[int, bytes] | None":
        """Return (address, root key), None when the board has not been provisioned."""
        blob = bytearray(_IDENTITY_LENGTH)
        try:
            length = NVS(_NAMESPACE).get_blob(_IDENTITY, blob)
        except OSError:
            return None
        if length != _IDENTITY_LENGTH:
            return None
        return int.from_bytes(blob[:4], "big"), bytes(blob[4:])

    def join_mark(self) -> int:
        """Return what `set_join_mark` was given last, 0 before that."""
        blob = bytearray(4)
        try:
            NVS(_NAMESPACE).get_blob(_JOINS, blob)
        except OSError:
            return 0
        return int.from_bytes(blob, "big")

    def set_join_mark(self, number: int) -> None:
        """Keep a number (4 bytes) beside the key."""
        nvs = NVS(_NAMESPACE)
        nvs.set_blob(_JOINS, number.to_bytes(4, "big"))
        nvs.commit()

    def heap_free(self) -> int:
        """Return the bytes that are free on the heap once it is collected."""
        gc.collect()
        return gc.mem_free()

    def flash_free(self) -> int:
        """Return the bytes that are free in the file system."""
        found = os.statvfs("/")
        return found[0] * found[3]

    def flash(self) -> "Partition":
        """Return the partition of the file system, to be read only."""
        return Partition.find(Partition.TYPE_DATA, label="vfs")[0]

    def key_flash(self) -> "Partition":
        """Return the partition of address and key."""
        return Partition.find(Partition.TYPE_DATA, label="nvs")[0]

    # Console.

    def show(self, line: str) -> None:
        """Print a line for whoever watches the console."""
        print("linli: " + line)

    def show_error(self, part: str, error: Exception) -> None:
        """Print where and why a part of the node has failed."""
        print("linli: %s failed:" % part)
        sys.print_exception(error)

    def read_key(self) -> str:
        """Return the next character typed at the console, "" when there is none."""
        # As text, a byte that begins a longer character would be waited for to its end.
        return chr(sys.stdin.buffer.read(1)[0]) if self._keyboard.poll(0) else ""

    def open_console(self) -> None:
        """Let ctrl-C through to the console."""
        self.console_open = True
        micropython.kbd_intr(CTRL_C)
