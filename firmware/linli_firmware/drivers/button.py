"""The alarm button: every press reaches the app at once, and the contact is watched.

A press shorter than the time between two polls is remembered by its interrupt. Long and stuck
presses are for service and self-test; an alarm does not depend on them.
"""

from .level_input import REREAD_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .types import InputPin, OnLevel

# Sources: our defaults.
LONG_MS = 5_000
# Nobody holds on for as long: something leans on the button, or its contact is welded.
STUCK_MS = 60_000


class Button:
    """Reports `on_change(pressed, now)` without any filter, `on_long(now)` once in a press that
    lasts LONG_MS, and `on_stuck(stuck, now)` after STUCK_MS and when the button comes free.

    `counts`: "long" and "stuck" presses.
    """

    def __init__(
        self,
        pin: "InputPin",
        on_change: "OnLevel",
        on_long: "Callable[[int], None] | None" = None,
        on_stuck: "OnLevel | None" = None,
        reread_ms: int = REREAD_MS,
    ) -> None:
        self.counts = {"long": 0, "stuck": 0}
        self._pin = pin
        self._on_change = on_change
        self._on_long = on_long
        self._on_stuck = on_stuck
        self._reread_ms = reread_ms
        self._pressed = False
        self._pressed_at = 0
        self._is_long = False
        self._is_stuck = False
        # Only the interrupt writes `_presses`, only `poll` writes `_presses_seen`.
        self._presses = 0
        self._presses_seen = 0
        self._edge = True
        self._due = 0
        pin.irq(self._on_edge)

    def poll(self, now: int) -> None:
        """Report what the button has done."""
        self._edge = False
        presses = self._presses
        pressed = bool(self._pin.value())
        if presses != self._presses_seen and not self._pressed:
            self._change(True, now)
        self._presses_seen = presses
        if pressed != self._pressed:
            self._change(pressed, now)
        self._due = now + self._reread_ms
        if pressed:
            self._hold(now)

    def next_deadline(self) -> int:
        """Return when the button is to be read again."""
        return 0 if self._edge else self._due

    def next_wake(self, now: int) -> "int | None":
        """Return when a device that sleeps is to wake for an edge not yet seen, or a long press."""
        if self._edge:
            return now
        return self._pressed_at + STUCK_MS if self._pressed and not self._is_stuck else None

    def _on_edge(self, pin: object) -> None:
        if self._pin.value():
            self._presses = self._presses + 1 & 0xFFFF
        self._edge = True

    def _change(self, pressed: bool, now: int) -> None:
        self._pressed = pressed
        self._pressed_at = now
        self._on_change(pressed, now)
        self._is_long = False
        if self._is_stuck:
            self._is_stuck = False
            if self._on_stuck is not None:
                self._on_stuck(False, now)

    def _hold(self, now: int) -> None:
        held_ms = now - self._pressed_at
        if held_ms >= LONG_MS and not self._is_long:
            self._is_long = True
            self.counts["long"] += 1
            if self._on_long is not None:
                self._on_long(now)
        if held_ms >= STUCK_MS and not self._is_stuck:
            self._is_stuck = True
            self.counts["stuck"] += 1
            if self._on_stuck is not None:
                self._on_stuck(True, now)
        if not self._is_stuck:
            stage_ms = STUCK_MS if self._is_long else LONG_MS
            self._due = min(self._due, self._pressed_at + stage_ms)
