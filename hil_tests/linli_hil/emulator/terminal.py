"""A board on the desk: console and serial line on pseudo-terminals, started anew as boards are.

The interpreter has MicroPython's prompts but ends where a board goes on, and hears no ctrl-C. So:

* After a soft reset it starts again at the same prompt, after any other at the friendly one.
* At the friendly prompt lines end as a terminal wants them; the raw one is for programs.
* A byte 3 becomes the signal that breaks into a program, but only while MicroPython listens to it
  (micropython.kbd_intr); else it is a byte like any other, as on a board.
"""

import os
import re
import select
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress

from .board import EmulatedBoard, Ended, Prompt
from .launch import NAME
from .pseudo_terminal import PseudoTerminal

CTRL_A = b"\x01"
CTRL_C = b"\x03"
SOFT_REBOOT = b"MPY: soft reboot\r\n"
# What MicroPython says at its prompts (shared/runtime/pyexec.c).
BANNER = b"MicroPython "
FRIENDLY_PROMPT = b'Type "help()" for more information.\r\n'
RAW_PROMPT = b"raw REPL; CTRL-B to exit\r\n"
# What mpremote's remote file system begins a request with; what follows is no text.
REMOTE_REQUEST = b"\x18"
# MicroPython takes a second signal before it has seen to the first for the wish to end it.
_SIGNALS_APART_S = 0.1
# How soon somebody who opens a port is noticed.
_LOOK_S = 0.02
_PIECE = 4096


class Terminal:
    """`board`, which is off, behind a `console` and a `line`; `run` it until `stop`.

    `tell` hears how the board ends each time it does so by itself.
    """

    def __init__(
        self, board: EmulatedBoard, tell: Callable[[Ended], None] = lambda ended: None
    ) -> None:
        self.console = PseudoTerminal()
        self.line = PseudoTerminal()
        self._board = board
        self._tell = tell
        self._board_line: socket.socket | None = None
        self._prompt: Prompt = "friendly"
        self._typed = b""
        self._printed = b""
        self._is_entering_raw = False
        self._is_text = True
        self._signalled = 0.0
        self._stopped = False

    def power_on(self) -> None:
        """Switch the board on, if it is off."""
        if self._board_line is None:
            self._start("friendly")

    def power_off(self) -> None:
        """Cut the board's power, if it is on."""
        self._board.power_off()
        self._board_line = None

    def run(self) -> None:
        """Carry bytes until `stop`."""
        while not self._stopped:
            self.turn()

    def stop(self) -> None:
        """End `run`, from a signal handler or another thread."""
        self._stopped = True

    def close(self) -> None:
        """Take the pseudo-terminals away; the board is whose it was."""
        self.power_off()
        self.console.close()
        self.line.close()

    def turn(self) -> None:
        """Wait a moment for something to carry, and carry it."""
        ports = (self.console, self.line)
        full = [port for port in ports if port.is_full]
        sources = [port.fileno() for port in ports if port.is_open]
        if self._board.console is not None and not self.console.is_full:
            sources.append(self._board.console.fileno())
        if self._board_line is not None and not self.line.is_full:
            sources.append(self._board_line.fileno())
        ready = select.select(sources, full, [], _LOOK_S)[0]
        for port in full:
            port.flush()
        if self._board_line is not None:
            self._carry(ready)

    def _carry(self, ready: list[int]) -> None:
        assert self._board.console is not None and self._board_line is not None
        if self.line.fileno() in ready:
            _send(self._board_line, self.line.read())
        if self.console.fileno() in ready:
            self._typed += self.console.read()
        self._type()
        if self._board_line.fileno() in ready:
            self.line.write(_receive(self._board_line))
        if self._board.console.fileno() in ready:
            printed = _receive(self._board.console)
            if printed:
                self._show(printed)
            else:
                self._ended()

    def _start(self, prompt: Prompt) -> None:
        self._printed = b""
        self._is_text = True
        self._board_line = self._board.power_on(prompt=prompt)
        self._prompt = prompt
        self._is_entering_raw = prompt == "raw"
        if self._is_entering_raw and self._board.console is not None:
            # There is no other way into it.
            _send(self._board.console, CTRL_A)

    def _ended(self) -> None:
        """Do what a board does of itself when MicroPython ends."""
        assert self._board_line is not None
        self.line.write(_receive(self._board_line))
        ended = self._board.wait()
        self._board_line = None
        self._tell(ended)
        is_soft = ended in (Ended.ENDED, Ended.CRASHED)
        if is_soft:
            self.console.write(SOFT_REBOOT)
        self._start(self._prompt if is_soft else "friendly")

    def _type(self) -> None:
        """Give the board what has been typed, as soon as it can take something."""
        if not self._typed or self._board.account.get("Name") != NAME:
            return
        assert self._board.console is not None
        for piece in re.split(b"(\x03)", self._typed):
            if piece == CTRL_C and self._is_heard(signal.SIGINT):
                self._interrupt()
            else:
                _send(self._board.console, piece)
        self._typed = b""

    def _is_heard(self, number: signal.Signals) -> bool:
        return bool(int(self._board.account.get("SigCgt", "0"), 16) >> (number - 1) & 1)

    def _interrupt(self) -> None:
        now = time.monotonic()
        if now - self._signalled > _SIGNALS_APART_S:
            self._signalled = now
            os.kill(int(self._board.account["Pid"]), signal.SIGINT)

    def _show(self, printed: bytes) -> None:
        """Pass on what the board prints, and note at which prompt it is."""
        self._printed += printed
        if self._is_entering_raw:
            self._show_entering_raw()
            return
        raw, friendly = self._printed.rfind(RAW_PROMPT), self._printed.rfind(FRIENDLY_PROMPT)
        if raw != friendly:
            self._prompt = "raw" if raw > friendly else "friendly"
        self.console.write(self._with_returns(printed) if self._prompt == "friendly" else printed)
        self._printed = self._printed[-len(FRIENDLY_PROMPT) :]

    def _with_returns(self, printed: bytes) -> bytes:
        """Add the carriage returns that a board adds to text."""
        if printed.endswith(b">>> "):
            self._is_text = True
        if REMOTE_REQUEST in printed:
            self._is_text = False
        return re.sub(b"(?<!\r)\n", b"\r\n", printed) if self._is_text else printed

    def _show_entering_raw(self) -> None:
        """Leave out the friendly prompt on the way to the raw one."""
        raw = self._printed.rfind(RAW_PROMPT)
        banner = self._printed.rfind(BANNER)
        if raw >= 0:
            self.console.write(self._printed[:banner] + self._printed[raw:])
            self._is_entering_raw = False
            self._printed = b""
        elif banner < 0:
            *lines, self._printed = self._printed.rpartition(b"\n")
            self.console.write(b"".join(lines))


def _send(to: socket.socket, data: bytes) -> None:
    """Send what fits; the board loses the rest, as its UART does."""
    with suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
        to.send(data, socket.MSG_DONTWAIT)


def _receive(source: socket.socket) -> bytes:
    """Return what has arrived; nothing when nothing has, or the other end is gone."""
    try:
        return source.recv(_PIECE, socket.MSG_DONTWAIT)
    except (BlockingIOError, ConnectionResetError):
        return b""
