"""A board on the desk: its console and serial line on pseudo-terminals, with a console's manners.

The interpreter has MicroPython's prompts but ends where a board goes on, and hears no ctrl-C. So:

* After a soft reset it starts again at the same prompt, after any other at the friendly one.
* At the friendly prompt lines end as a terminal wants them; the raw one is for programs.
* A byte 3 becomes the signal that breaks into a program, but only while MicroPython listens to it
  (micropython.kbd_intr); else it is a byte like any other, as on a board.
"""

import re
import select
import socket
from collections.abc import Callable
from contextlib import suppress

from linli_protocol import codes

from .board import EmulatedBoard
from .ended import Ended
from .pseudo_terminal import PseudoTerminal
from .run import Prompt

CTRL_A = b"\x01"
CTRL_C = b"\x03"
SOFT_REBOOT = b"MPY: soft reboot\r\n"
# What MicroPython says at its prompts (shared/runtime/pyexec.c).
BANNER = b"MicroPython "
FRIENDLY_PROMPT = b'Type "help()" for more information.\r\n'
RAW_PROMPT = b"raw REPL; CTRL-B to exit\r\n"
# What mpremote's remote file system begins a request with; what follows is no text.
REMOTE_REQUEST = b"\x18"
# How soon somebody who opens a port, or the end of a run, is noticed.
_LOOK_S = 0.02
_PIECE = 4096


class Terminal:
    """A board that is off and `stays_on`, behind a `console` and a `line`.

    `told` hears of each start but the first why the board starts (linli_protocol.codes).
    """

    def __init__(self, board: EmulatedBoard, told: Callable[[int], None]) -> None:
        self.console = PseudoTerminal()
        self.line = PseudoTerminal()
        self._board = board
        self._told = told
        self._has_power = False
        self._starts = 0
        self._prompt: Prompt = "friendly"
        self._typed = b""
        self._printed = b""
        self._is_entering_raw = False
        self._is_text = True

    def power_on(self) -> None:
        """Switch the board on, if it is off."""
        if not self._has_power:
            self._has_power = True
            self._starts = len(self._board.starts) + 1
            self._start("friendly")

    def power_off(self) -> None:
        """Cut the board's power, if it is on."""
        self._has_power = False
        self._board.power_off()

    def close(self) -> None:
        """Cut the power and take the pseudo-terminals away."""
        self.power_off()
        self.console.close()
        self.line.close()

    def turn(self) -> None:
        """Wait a moment for something to carry, and carry it."""
        ends = ((self.console, self._board.console), (self.line, self._board.line))
        full = [port for port, _ in ends if port.is_full]
        sources: list[PseudoTerminal | socket.socket] = []
        for port, end in ends:
            if port.is_open:
                sources.append(port)
            if end is not None and port not in full:
                sources.append(end)
        ready = select.select(sources, full, [], _LOOK_S)[0]
        for port in full:
            port.flush()
        typed, sent = (port.read() if port in ready else b"" for port, _ in ends)
        if self._has_power:
            self._typed += typed
            self._carry(sent, [each for each in ready if isinstance(each, socket.socket)])

    def _carry(self, sent: bytes, ready: list[socket.socket]) -> None:
        board = self._board
        assert board.line is not None and board.console is not None
        for cause in board.starts[self._starts :]:
            self._starts += 1
            if cause != codes.SOFT_RESET:
                self._is_at("friendly")
            self._told(cause)
        _send(board.line, sent)
        self._type(board.console)
        if board.line in ready:
            self.line.write(_receive(board.line))
        if board.console in ready:
            self._show(_receive(board.console))
        if not board.is_on:
            self._ended()

    def _is_at(self, prompt: Prompt) -> None:
        """Begin with a board that starts, and will end at `prompt`."""
        self._prompt = prompt
        self._is_entering_raw = prompt == "raw"
        self._is_text = True
        self._printed = b""

    def _start(self, prompt: Prompt) -> None:
        self._is_at(prompt)
        self._board.power_on(prompt=prompt)
        if prompt == "raw":
            # There is no other way into it.
            assert self._board.console is not None
            _send(self._board.console, CTRL_A)

    def _ended(self) -> None:
        """Start anew as a board does when MicroPython has ended."""
        assert self._board.line is not None and self._board.console is not None
        while sent := _receive(self._board.line):
            self.line.write(sent)
        while printed := _receive(self._board.console):
            self._show(printed)
        is_soft = self._board.wait(0) in (Ended.ENDED, Ended.CRASHED)
        if is_soft:
            self.console.write(SOFT_REBOOT)
        self._start(self._prompt if is_soft else "friendly")

    def _type(self, console: socket.socket) -> None:
        """Give the board what has been typed, as soon as it listens."""
        if not self._typed or not self._board.listens():
            return
        for piece in re.split(b"(\x03)", self._typed):
            if piece != CTRL_C or not self._board.interrupt():
                _send(console, piece)
        self._typed = b""

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
