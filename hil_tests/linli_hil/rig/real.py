"""Power and console of a board on the bench: a jig's pin, and a serial port."""

import time
from typing import Any

from .interfaces import Missing
from .jig import Jig
from .lines import SerialLine
from .rig_file import Supply

# A console's backlog that nobody reads is dropped beyond this.
_LONGEST = 1 << 20


# Until what a supply has in its capacitors is used up; our own figure.
EMPTY_S = 0.5


class JigPower:
    """A supply that a jig's pin switches."""

    def __init__(self, jig: Jig, supply: Supply, board: str) -> None:
        self._jig = jig
        self._supply = supply
        self._board = board

    def on(self) -> None:
        """Switch it on."""
        self._jig.ask("drive", self._supply.jig, 1 ^ self._supply.inverted)

    def off(self) -> None:
        """Cut it."""
        self._jig.ask("drive", self._supply.jig, int(self._supply.inverted))
        time.sleep(EMPTY_S)

    def brown_out(self) -> None:
        """Missing: a switch cuts the supply whole."""
        raise Missing(f"a supply for boards.{self._board} that dips")


class NoPower:
    """A supply that nobody can switch: the board is on."""

    def __init__(self, board: str) -> None:
        self._board = board

    def on(self) -> None:
        """Find it on."""

    def off(self) -> None:
        """Missing: nobody can."""
        raise Missing(f"boards.{self._board}.power")

    brown_out = off


class SerialConsole:
    """A board's console on a serial port."""

    def __init__(self, port: str) -> None:
        self._line = SerialLine(port)
        self._printed = b""

    def printed(self) -> bytes:
        """Return what the board has printed since the port was opened."""
        while data := self._line.read():
            self._printed = (self._printed + data)[-_LONGEST:]
        return self._printed

    def type(self, keys: bytes) -> None:
        """Type at the board."""
        self._line.write(keys)

    def close(self) -> None:
        """Give the port back."""
        self._line.close()


class NoLine:
    """A board whose bearer ends nowhere."""

    def __init__(self, board: str) -> None:
        self._board = board

    def read(self) -> bytes:
        """Missing: there is none."""
        raise Missing(f"boards.{self._board}.line")

    def write(self, data: bytes) -> None:
        """Missing: there is none."""
        raise Missing(f"boards.{self._board}.line")


class NoPins:
    """The pins of a board without a jig."""

    def __init__(self, board: str) -> None:
        self._board = board

    def __getattr__(self, name: str) -> Any:
        raise Missing(f"boards.{self._board}.jig")
