"""Types that the bearers' annotations name; nothing imports this module at run time."""

from typing import Any, Protocol


class ByteStream(Protocol):
    """A stream as MicroPython has it, in non-blocking mode."""

    def read(self, count: int, /) -> bytes | None:
        """Return up to `count` bytes, None when there are none now, b"" at the end."""
        ...

    def write(self, data: bytes, /) -> int | None:
        """Return how many bytes were taken, None when none can be taken now."""
        ...


class Port(ByteStream, Protocol):
    """A serial port such as machine.UART."""

    def any(self) -> int:
        """Return how many bytes can be read, or 1 for some."""
        ...

    def txdone(self) -> bool:
        """Tell whether everything written has left the chip."""
        ...

    def deinit(self) -> None:
        """Release the port."""
        ...


class Output(Protocol):
    """An output pin."""

    def value(self, level: int, /) -> Any:
        """Drive the pin."""
        ...


class Wlan(Protocol):
    """A Wi-Fi station such as network.WLAN."""

    def active(self, on: bool, /) -> Any:
        """Switch the radio."""
        ...

    def connect(self, ssid: str, key: str | None, /) -> None:
        """Begin to join; returns at once."""
        ...

    def disconnect(self) -> None:
        """Leave, or give up joining."""
        ...

    def status(self, what: str, /) -> int:
        """Return the signal's strength in dBm for "rssi"; OSError when there is none."""
        ...

    def isconnected(self) -> bool:
        """Tell whether it is joined and has an address."""
        ...


class Board(Protocol):
    """What bearers ask of a board."""

    def random(self, count: int) -> bytes:
        """Return `count` random bytes."""
        ...

    def uart(
        self,
        number: int,
        baudrate: int,
        tx: int,
        rx: int,
        bits: int = 8,
        parity: int | None = None,
        stop: int = 1,
    ) -> Port:
        """Return a serial port that never waits."""
        ...

    def pin_out(self, number: int, initial: int = 0, inverted: bool = False) -> Output:
        """Return an output pin."""
        ...

    def wlan(self) -> Wlan:
        """Return the Wi-Fi station."""
        ...
