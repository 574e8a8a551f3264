"""Types that the drivers' annotations name; nothing imports this module at run time."""

from collections.abc import Callable
from typing import Protocol

OnEdge = Callable[[object], None]
OnLevel = Callable[[bool, int], None]
"""A level and now."""

OnNumber = Callable[[int, int], None]
"""A key, a count or millivolts, and now."""

Ticks = Callable[[], int]
"""A count of milliseconds that may wrap at 2**30, such as time.ticks_ms."""


class InputPin(Protocol):
    """A digital input."""

    def value(self) -> int:
        """Return 1 while the pin is active, else 0."""
        ...

    def irq(self, handler: OnEdge, rising_only: bool = False) -> None:
        """Call `handler` with something or other at every edge, or whenever it turns active."""
        ...


class OutputPin(Protocol):
    """A digital output."""

    def value(self, active: int, /) -> None:
        """Make the pin active (1) or not (0)."""
        ...


class Adc(Protocol):
    """An analogue input."""

    def read_mv(self) -> int:
        """Return the voltage at the pin."""
        ...


class Counter(Protocol):
    """What counts without being polled: in hardware, or from interrupts."""

    def value(self) -> int:
        """Return the count, forward less reverse; it may wrap."""
        ...


class I2c(Protocol):
    """A bus such as machine.I2C; every call may raise OSError."""

    def readfrom_mem(self, address: int, register: int, count: int, /) -> bytes:
        """Return `count` bytes from `register` on."""
        ...

    def writeto_mem(self, address: int, register: int, data: bytes, /) -> None:
        """Write `data` to `register` and those after it."""
        ...
