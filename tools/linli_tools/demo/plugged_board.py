"""An emulated board of a demo at a serial port: its power, its line, what can be done to it."""

import os
import socket
from contextlib import suppress
from pathlib import Path

from linli_hil.emulator import EmulatedBoard
from linli_hil.emulator.pseudo_terminal import PseudoTerminal

from ..board.flash import Content
from ..board.hand import Hand

_PIECE = 4096
# Twenty boards that look at their lines every 5 ms would take more than one core.
_STRIDE_MS = 50
# Behind the divider of 2 to 1 a new lithium thionyl chloride cell of 3.6 V.
_BATTERY_MV = "1800"


class PluggedBoard:
    """A board with `content` on its flash, whose line is at the serial port `port`.

    `facility` is the facility code of the cards that pass it, where it is a door.
    """

    def __init__(self, content: Content, port: Path, facility: int) -> None:
        self.app = content.app
        self.facility = facility
        self._board = EmulatedBoard(
            content.flash, content.keys, stays_on=True, stride_ms=_STRIDE_MS
        )
        self.hand = Hand(self._board, self, content.pins)
        self._terminal = PseudoTerminal()
        self._line: socket.socket | None = None
        self._port = port
        port.symlink_to(self._terminal.path)
        if "battery_adc" in content.pins:
            self.hand.adc("battery_adc", _BATTERY_MV)

    def power_on(self) -> None:
        """Switch the board on, if it is off."""
        if not self._board.is_on:
            self._line = self._board.power_on()

    def power_off(self) -> None:
        """Cut the board's power, if it is on."""
        self._line = None
        self._board.power_off()

    def turn(self) -> None:
        """Carry what waits between board and port; start a board anew that has ended."""
        if self._terminal.is_full:
            self._terminal.flush()
        if not self._terminal.is_open or self._line is None:
            return
        if not self._board.is_on:
            # Where an interpreter ends a board starts anew.
            self.power_on()
        with suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            if sent := self._terminal.read():
                self._line.send(sent, socket.MSG_DONTWAIT)
        with suppress(BlockingIOError, ConnectionResetError):
            if not self._terminal.is_full:
                self._terminal.write(self._line.recv(_PIECE, socket.MSG_DONTWAIT))

    def is_active(self, pin: str) -> bool:
        """Tell whether a pin of the configuration is active."""
        return bool(self.hand.pins()[pin])

    def close(self) -> None:
        """Cut the power and throw the board away."""
        self._line = None
        self._board.close()
        self._terminal.close()
        with suppress(FileNotFoundError):
            os.unlink(self._port)
