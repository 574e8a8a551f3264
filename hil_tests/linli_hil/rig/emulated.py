"""Power, console, pins, line and clock of an emulated board."""

import time
from collections.abc import Mapping, Sequence

from ..emulator import EmulatedBoard
from .clocks import lateness
from .interfaces import Change, Edge, Missing
from .lines import SocketLine
from .rig_file import OUTPUTS, Wire

# Edges that begin this long after the request find the board awake, whatever it does.
_SOON_US = 1_000


class EmulatedSupply:
    """The supply of an emulated board, and its serial line, there for as long as that is on."""

    def __init__(self, board: EmulatedBoard) -> None:
        self._board = board
        self._line: SocketLine | None = None

    def on(self) -> None:
        """Switch it on, if it is off."""
        if self._line is None:
            self._line = SocketLine(self._board.power_on())

    def off(self) -> None:
        """Cut it."""
        self._line = None
        self._board.power_off()

    def brown_out(self) -> None:
        """Let it dip."""
        self._board.brown_out()

    def read(self) -> bytes:
        """Return what has arrived over the line."""
        return b"" if self._line is None else self._line.read()

    def write(self, data: bytes) -> None:
        """Send bytes over the line."""
        if self._line is not None:
            self._line.write(data)


class EmulatedConsole:
    """The console of an emulated board."""

    def __init__(self, board: EmulatedBoard) -> None:
        self._board = board

    def printed(self) -> bytes:
        """Return what the board has printed since it was last switched on."""
        return self._board.printed

    def type(self, keys: bytes) -> None:
        """Type at the board."""
        self._board.type(keys)


class EmulatedPins:
    """The pins of an emulated board; `board` names it in what is missing."""

    def __init__(self, board: EmulatedBoard, name: str, wiring: Mapping[str, Wire]) -> None:
        self._board = board
        self._name = name
        self._wiring = wiring
        self._outputs = {wiring[each].pin: each for each in OUTPUTS if each in wiring}
        for each, wire in wiring.items():
            if each not in OUTPUTS and wire.pull is None and each != "battery_adc":
                board.drive(wire.pin, int(wire.inverted))

    def drive(self, name: str, state: int) -> None:
        """Hold an input active (1) or not (0)."""
        wire = self._wire(name)
        self._board.drive(wire.pin, state ^ wire.inverted)

    def release(self, name: str) -> None:
        """Let go of an input."""
        self._board.release(self._wire(name).pin)

    def play(self, edges: Sequence[Edge]) -> int:
        """Drive inputs in turn; return when the last edge is, in µs."""
        row = []
        for wait_us, name, state in edges:
            wire = self._wire(name)
            row.append((wait_us, wire.pin, state ^ wire.inverted))
        return self._board.play([(_SOON_US + row[0][0], *row[0][1:]), *row[1:]])

    def pulse(self, name: str, count: int) -> None:
        """Give an electronic counter's input `count` pulses."""
        self._board.count(self._wire(name).pin, count)

    def set_voltage(self, name: str, mv: int) -> None:
        """Put a voltage on an analogue input."""
        self._board.set_adc(self._wire(name).pin, mv)

    def state(self, name: str) -> int:
        """Return whether an output is active (1)."""
        wire = self._wire(name)
        return self._board.level(wire.pin) ^ wire.inverted

    def changes(self, since_us: int = 0) -> list[Change]:
        """Return the changes of the outputs since `since_us`."""
        return [
            (at, self._outputs[pin], level ^ self._wiring[self._outputs[pin]].inverted)
            for at, pin, level in self._board.outputs
            if pin in self._outputs and at >= since_us
        ]

    def _wire(self, name: str) -> Wire:
        if name not in self._wiring:
            raise Missing(f"boards.{self._name}.wiring.{name}")
        return self._wiring[name]


class VirtualClock:
    """The virtual time of an emulated board, which is passed at once."""

    def __init__(self, board: EmulatedBoard) -> None:
        self._board = board
        self._began_s = int(time.time())

    def now_ms(self) -> int:
        """Return the board's ms."""
        return self._board.now_us // 1000

    def unix_s(self) -> int:
        """Return the time of day: the host's when the board was made, and what has passed since."""
        return self._began_s + self.now_ms() // 1000

    def pass_time(self, ms: int) -> None:
        """Let time pass for the board."""
        until = self.now_ms() + ms
        while self.now_ms() < until:
            self._board.advance(until, lateness(ms))

    def wait(self, ms: int, late_ms: int = 0) -> None:
        """Let time pass until the board has sent something or changed an output, at most `ms`."""
        self._board.advance(self.now_ms() + ms, late_ms)
