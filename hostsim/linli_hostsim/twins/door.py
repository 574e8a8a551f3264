"""A simulated door: people show cards or press the exit button, then pass."""

import random
from typing import Any

from linli_firmware.actions import Output

from ..card_reader import wiegand_frame
from ..clockwork import US_PER_MS, at
from ..people.doors import Passage
from .twin import Twin

CARD_BITS = 34
# Facility code of strangers' cards, which no door's list has.
STRANGERS = 0xFFFF

# How people pass a released door; our own figures.
OPENS_AFTER_MS = (800, 2_500)
OPEN_FOR_MS = (2_000, 7_000)
BUTTON_HELD_MS = 400


class DoorTwin(Twin):
    """A door whose cards bear its own facility code and the holder's number from 1."""

    def __init__(
        self, *arguments: Any, facility: int, habits: random.Random, **keywords: Any
    ) -> None:
        super().__init__(*arguments, **keywords)
        self._facility = facility
        self._habits = habits
        self._waiting = 0
        self._passing = 0
        # How the last to come pass, once the strike is released: after and for how many ms.
        self._pace_ms = (0, 0)

    def read_inputs(self) -> None:
        """Hand over whether the door is open; who waited for it has given up."""
        self._waiting = 0
        self.input("set_contact", bool(self._passing))

    def person(self, passage: Passage) -> None:
        """Let somebody come in by card or go out by the exit button."""
        # Drawn for everybody, so that whom the door keeps out changes nothing for those to come.
        unknown_card = self._habits.randrange(1 << 16)
        self._pace_ms = (
            self._habits.randint(*OPENS_AFTER_MS),
            self._habits.randint(*OPEN_FOR_MS),
        )
        self._waiting = 1
        if not passage.entering:
            self.input("set_exit_button", True)
            at(self._env, BUTTON_HELD_MS * US_PER_MS, self._release_button)
        elif passage.credential is None:
            self._show_card(STRANGERS, unknown_card)
        else:
            self._show_card(self._facility, passage.credential + 1)
        self.act()

    def on_output(self, output: Output) -> None:
        """Somebody who waits passes once the strike is released."""
        if output.name == "strike" and output.value and self._waiting:
            self._waiting = 0
            opens_after_ms, open_for_ms = self._pace_ms
            at(self._env, opens_after_ms * US_PER_MS, self._open, open_for_ms)

    def _show_card(self, facility: int, card: int) -> None:
        self.input("read_card", wiegand_frame(CARD_BITS, facility, card), CARD_BITS)

    def _release_button(self) -> None:
        self.input("set_exit_button", False)
        self.act()

    def _open(self, open_for_ms: int) -> None:
        self._passing += 1
        self.input("set_contact", True)
        self.act()
        at(self._env, open_for_ms * US_PER_MS, self._close)

    def _close(self) -> None:
        self._passing -= 1
        if not self._passing:
            self.input("set_contact", False)
            self.act()
