"""The host's side of a jig board (hil_tests/jig): requests, answers, changes at its pins."""

import binascii
import time
from collections.abc import Mapping, Sequence

from .interfaces import Change, Edge, Missing
from .lines import SerialLine
from .rig_file import OUTPUTS, Wire

VERSION = "1"
# A pulse of 500 µs is one that every counter takes, whatever its filter.
HALF_PULSE_US = 250
# Longer than a jig takes for any request but those that take their own time.
_ANSWER_S = 2.0
_TRIES = 3
_PULSES_AT_ONCE = 10_000


class JigError(Exception):
    """The jig does not answer, cannot do what it was asked, or has lost changes."""


def checked(text: str) -> bytes:
    """Return the line for a text, checksum and all (hil_tests/jig/jig_lines.py has the form)."""
    return f"{text}*{binascii.crc32(text.encode()) & 0xFFFF:04x}\n".encode()


class Jig:
    """The jig on a serial port; OSError: the port cannot be opened, JigError: no jig answers."""

    def __init__(self, port: str) -> None:
        self.changes: list[tuple[int, int, int]] = []
        self._name = port
        self._line = SerialLine(port)
        self._received = b""
        self._number = time.monotonic_ns() // 1000 % 1_000_000
        self._told: int | None = None
        # Whatever a console has before it belongs to nobody's request.
        self._line.write(b"\n")
        version = self.ask("hello")[1]
        if version != VERSION:
            raise JigError(f"{port}: a jig of version {version}, not {VERSION}")
        self.ask("reset")

    def ask(self, *words: object, taking_s: float = 0) -> list[str]:
        """Make a request that may take so long; return the words of the answer."""
        self._number += 1
        text = " ".join(map(str, (f"#{self._number}", *words)))
        for _ in range(_TRIES):
            self._line.write(checked(text))
            answer = self._answer(time.monotonic() + _ANSWER_S + taking_s)
            if answer is not None:
                if answer[0] != "ok":
                    raise JigError(f"{self._name}: {words[0]}: {' '.join(answer[1:])}")
                return answer[1:]
        raise JigError(f"{self._name}: no answer to {str(words[0])!r}")

    def close(self) -> None:
        """Let go of all pins and of the port."""
        try:
            self.ask("reset")
        finally:
            self._line.close()

    def _answer(self, until: float) -> list[str] | None:
        while time.monotonic() < until:
            try:
                data = self._line.read()
            except EOFError as gone:
                raise JigError(str(gone)) from None
            if not data:
                time.sleep(0.001)
                continue
            *lines, self._received = (self._received + data).split(b"\n")
            answers = [self._take(line.strip()) for line in lines]
            for answer in answers:
                if answer is not None:
                    return answer
        return None

    def _take(self, line: bytes) -> list[str] | None:
        """Note a change, or return an answer; what is neither is a console's chatter."""
        text = line.rpartition(b"*")[0].decode("ascii", "replace")
        if checked(text).strip() != line:
            return None
        mark, *words = text.split()
        if mark == f"#{self._number}":
            return words
        if mark.startswith("!"):
            number = int(mark[1:])
            if words[0] == "lost" or (self._told is not None and number != self._told + 1):
                raise JigError(f"{self._name}: changes of pins are lost: {text}")
            self._told = number
            at_us, pin, level = map(int, words)
            self.changes.append((at_us, pin, level))
        return None


class JigPins:
    """A board's pins, wired to a jig."""

    def __init__(self, jig: Jig, board: str, wiring: Mapping[str, Wire]) -> None:
        self._jig = jig
        self._board = board
        self._wiring = wiring
        self._outputs: dict[int, str] = {}
        for name in OUTPUTS:
            if name in wiring and wiring[name].jig is not None:
                self._outputs[self._number(name)] = name
        for number in self._outputs:
            jig.ask("watch", number)

    def drive(self, name: str, state: int) -> None:
        """Hold an input active (1) or not (0)."""
        self._jig.ask("drive", self._number(name), self._level(name, state))

    def release(self, name: str) -> None:
        """Let go of an input."""
        self._jig.ask("release", self._number(name))

    def play(self, edges: Sequence[Edge]) -> int:
        """Drive inputs in turn; return when the last edge was."""
        row = [f"{wait}:{self._number(name)}:{self._level(name, to)}" for wait, name, to in edges]
        taking_s = sum(wait for wait, _, _ in edges) / 1e6
        return int(self._jig.ask("play", *row, taking_s=taking_s)[0])

    def pulse(self, name: str, count: int) -> None:
        """Give an electronic counter's input `count` pulses."""
        while count:
            now = min(count, _PULSES_AT_ONCE)
            words = ("pulse", self._number(name), now, HALF_PULSE_US, self._level(name, 1))
            self._jig.ask(*words, taking_s=4 * now * HALF_PULSE_US / 1e6)
            count -= now

    def set_voltage(self, name: str, mv: int) -> None:
        """Put a voltage on an analogue input."""
        self._jig.ask("voltage", self._number(name), mv)

    def state(self, name: str) -> int:
        """Return whether an output is active (1)."""
        return self._level(name, int(self._jig.ask("level", self._number(name))[0]))

    def changes(self, since_us: int = 0) -> list[Change]:
        """Return the changes of the outputs since `since_us`."""
        # Everything that was told before the answer has arrived with it.
        self._jig.ask("hello")
        return [
            (at, self._outputs[pin], self._level(self._outputs[pin], level))
            for at, pin, level in self._jig.changes
            if pin in self._outputs and at >= since_us
        ]

    def _number(self, name: str) -> int:
        wire = self._wiring.get(name)
        if wire is None or wire.jig is None:
            raise Missing(f"boards.{self._board}.wiring.{name}.jig")
        return wire.jig

    def _level(self, name: str, state: int) -> int:
        return state ^ self._wiring[name].inverted
