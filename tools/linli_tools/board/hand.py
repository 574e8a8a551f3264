"""A hand at an emulated board: it presses buttons, holds cards to the reader, cuts the power."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from linli_hil.emulator import EmulatedBoard
from linli_hostsim.card_reader import wiegand_frame

from .actions import Action

# SIA AC-01: pulses of 20 to 100 µs, 0.2 to 20 ms apart.
PULSE_US = 50
GAP_US = 2_000
CARD_BITS = 34
# From the request to the first edge, time enough for it to reach the board.
_SOON_US = 1_000

Pins = Mapping[str, tuple[int, bool]]


class Switch(Protocol):
    """The switch of a board's power, such as its Terminal."""

    def power_on(self) -> None:
        """Switch the board on, if it is off."""
        ...

    def power_off(self) -> None:
        """Cut the board's power, if it is on."""
        ...


class Hand:
    """What does each Action to `board`, fed by `switch`; `pins` are (number, inverted) by name.

    With a name a pin's state is whether it is active, with a number its level.
    """

    def __init__(self, board: EmulatedBoard, switch: Switch, pins: Pins) -> None:
        self._board = board
        self._switch = switch
        self._pins = pins

    def do(self, action: Action, arguments: list[str]) -> dict[str, int]:
        """Do something, and return what was asked for; ValueError says what is wrong."""
        what: Callable[..., dict[str, int] | None] = getattr(self, action)
        return what(*arguments) or {}

    def drive(self, pin: str, state: str) -> None:
        """Connect a pin to something that is 0 or 1."""
        number, inverted = self._pin(pin)
        self._board.drive(number, _number(state, 1) ^ inverted)

    def release(self, pin: str) -> None:
        """Leave a pin to its pull."""
        self._board.release(self._pin(pin)[0])

    def adc(self, pin: str, millivolts: str) -> None:
        """Put a voltage at an analogue input."""
        self._board.set_adc(self._pin(pin)[0], _number(millivolts, 3_300))

    def count(self, pin: str, pulses: str) -> None:
        """Give a hardware counter pulses."""
        self._board.count(self._pin(pin)[0], _number(pulses, 1 << 31))

    def card(self, facility: str, number: str) -> None:
        """Hold a card of 34 bits before the reader at d0 and d1."""
        frame = wiegand_frame(CARD_BITS, _number(facility, 0xFFFF), _number(number, 0xFFFF))
        edges = []
        for place in range(CARD_BITS - 1, -1, -1):
            pin, inverted = self._pin("d1" if frame >> place & 1 else "d0")
            edges += [(GAP_US, pin, 1 ^ inverted), (PULSE_US, pin, 0 ^ inverted)]
        _, pin, level = edges[0]
        self._board.play([(_SOON_US, pin, level), *edges[1:]])

    def power(self, state: str) -> None:
        """Switch the power on or off, or let it dip."""
        if state == "on":
            self._switch.power_on()
        elif state == "off":
            self._switch.power_off()
        elif state == "dip":
            self._board.brown_out()
        else:
            raise ValueError("power is on, off or dip")

    def pins(self) -> dict[str, int]:
        """Return the state of every pin of the configuration."""
        return {
            name: self._board.level(number) ^ inverted
            for name, (number, inverted) in self._pins.items()
        }

    def _pin(self, text: str) -> tuple[int, bool]:
        if text in self._pins:
            return self._pins[text]
        if text.isascii() and text.isdigit():
            return int(text), False
        names = ", ".join(self._pins) or "no names in its configuration"
        raise ValueError(f"{text!r} is no pin of this board: a number, or {names}")


def pins_of(configured: Mapping[str, Any]) -> Pins:
    """Return number and inversion by name of the pins of a configuration."""
    found = {}
    for name, pin in configured.items():
        options = pin if isinstance(pin, dict) else {"number": pin}
        if "tx" not in options:
            found[name] = (int(options["number"]), bool(options.get("inverted", False)))
    return found


def _number(text: str, highest: int) -> int:
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= number <= highest:
        raise ValueError(f"{text!r} is no number from 0 to {highest}")
    return number
