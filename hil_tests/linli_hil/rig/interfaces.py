"""What a test asks of a board, emulated or real: power, console, pins, line, clock.

Names of pins are those of the rig file's wiring; 1 is active for all of them, whatever the level.
"""

from collections.abc import Sequence
from typing import Protocol

Edge = tuple[int, str, int]
"""A wait in µs, then the pin's name and its new state."""

Change = tuple[int, str, int]
"""When, in µs of the driver's own clock, the pin's name and its new state."""


class Missing(Exception):
    """The rig lacks what was asked for; the message names it."""


class Clock(Protocol):
    """The time that the board lives in."""

    def now_ms(self) -> int:
        """Return a monotonic count of milliseconds."""
        ...

    def unix_s(self) -> int:
        """Return the time of day as Unix seconds."""
        ...

    def pass_time(self, ms: int) -> None:
        """Let time pass. Missing: it would take longer than anybody is willing to wait."""
        ...

    def wait(self, ms: int, late_ms: int = 0) -> None:
        """Let up to `ms` pass, less when the board may have done something meanwhile.

        In virtual time the board may find itself late by `late_ms`, which costs less to compute.
        """
        ...


class Line(Protocol):
    """The bytes of a board's bearer. EOFError: the far end has hung up."""

    def read(self) -> bytes:
        """Return what has arrived, nothing when nothing has."""
        ...

    def write(self, data: bytes) -> None:
        """Send bytes."""
        ...


class Power(Protocol):
    """The board's supply."""

    def on(self) -> None:
        """Switch it on, if it is off."""
        ...

    def off(self) -> None:
        """Cut it."""
        ...

    def brown_out(self) -> None:
        """Let it dip: the board starts anew, and what its battery keeps is kept."""
        ...


class Console(Protocol):
    """What the board prints, and what is typed at it."""

    def printed(self) -> bytes:
        """Return what it has printed since it was last switched on."""
        ...

    def type(self, keys: bytes) -> None:
        """Type at it."""
        ...


class Pins(Protocol):
    """The board's pins, by the names of the wiring. Missing: a name that is not wired."""

    def drive(self, name: str, state: int) -> None:
        """Hold an input active (1) or not (0)."""
        ...

    def release(self, name: str) -> None:
        """Let go of an input, which floats to its pull."""
        ...

    def play(self, edges: Sequence[Edge]) -> int:
        """Drive inputs in turn; return when the last edge was, in µs of `changes`."""
        ...

    def pulse(self, name: str, count: int) -> None:
        """Give an electronic counter's input `count` pulses; they have come when this returns."""
        ...

    def set_voltage(self, name: str, mv: int) -> None:
        """Put a voltage on an analogue input."""
        ...

    def state(self, name: str) -> int:
        """Return whether an output is active (1)."""
        ...

    def changes(self, since_us: int = 0) -> list[Change]:
        """Return the changes of the outputs since the start or since `since_us`."""
        ...
