"""Sleep of the ESP32 family: which pins end it, and which keep their level in it.

Loaded only on a device that sleeps. What is said of the chips and of MicroPython's port was read in
its sources (machine_pin.c, modmachine.c, modesp32.c; 1.26 and later), none of it tried on silicon.
"""

import esp32
import machine
from machine import Pin

from .pins import Input, Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .esp32 import Board

# Of a chip without EXT1, the C3, these pins and those below end a deep sleep.
_LAST_DEEP_PIN = 5
# Where the chip wakes for one level only, the other inputs are read this often.
_LOOK_MS = 200


class Waker(Input):
    """An input that may end a sleep. One that has ended a deep sleep reads active once more.

    A short press is over before the firmware has started.
    """

    def __init__(self, number: int, pull: "str | None", inverted: bool, has_woken: bool) -> None:
        super().__init__(number, pull, inverted)
        self.pin = self._pin
        self.handler: "Callable[[object], None] | None" = None
        self._rising_only = False
        self._has_woken = has_woken

    def value(self) -> int:
        """Return 1 while the input is active, else 0."""
        if self._has_woken:
            self._has_woken = False
            return 1
        return super().value()

    def irq(self, handler: "Callable[[object], None]", rising_only: bool = False) -> None:
        """Call `handler` with something or other at every edge, or whenever it turns active."""
        self.handler = handler
        self._rising_only = rising_only
        super().irq(handler, rising_only)

    def resume(self) -> None:
        """Take the pin back from what wakes the chip, which shares its registers."""
        self.pin.init(Pin.IN)
        if self.handler is not None:
            super().irq(self.handler, self._rising_only)


class Holder(Output):
    """An output that keeps its level while the chip sleeps, and through the restart after it."""

    def __init__(self, number: int, initial: int, inverted: bool) -> None:
        super().__init__(number, initial, inverted)
        self.hold(False)

    def hold(self, on: bool) -> None:
        """Freeze the level, or let go of it."""
        self._pin.init(hold=on)  # pyright: ignore[reportCallIssue] the stubs lack it


class SleepingBoard:
    """`board`, able to sleep; `wakers` are the numbers of the pins that end it, the first first."""

    def __init__(self, board: "Board") -> None:
        self.wakers: "list[int]" = []
        self._board = board
        self._inputs: "dict[int, Waker]" = {}
        self._outputs: "dict[int, Holder]" = {}
        self._has_ext1 = hasattr(esp32, "wake_on_ext1")
        is_awoken = machine.reset_cause() == machine.DEEPSLEEP_RESET
        self._woken = list(machine.wake_pins()) if is_awoken else []

    def __getattr__(self, name: str) -> "Any":
        return getattr(self._board, name)

    def pin_in(self, number: int, pull: "str | None" = None, inverted: bool = False) -> Waker:
        """Return an input; `pull` is "up", "down" or None."""
        has_woken = number in self._woken
        if has_woken:
            self._woken.remove(number)
        self._inputs[number] = Waker(number, pull, inverted, has_woken)
        return self._inputs[number]

    def pin_out(self, number: int, initial: int = 0, inverted: bool = False) -> Holder:
        """Return an output that is at once at its initial level."""
        self._outputs[number] = Holder(number, initial, inverted)
        return self._outputs[number]

    def ends_deep_sleep(self, number: int) -> bool:
        """Tell whether a pin can."""
        if not self._has_ext1:
            return number <= _LAST_DEEP_PIN
        try:
            esp32.wake_on_ext1((Pin(number),), esp32.WAKEUP_ANY_HIGH)
        except ValueError:
            return False
        return True

    def can_wake(self) -> bool:
        """Tell whether any change would end a deep sleep now: pins that are high could not."""
        return not self._at(1)

    def light_sleep(self, ms: int) -> bool:
        """Stop the processor for up to `ms`; True when an input has ended it by its change.

        Edges go unnoticed meanwhile: the handlers are called for those that a level tells of.
        """
        wakers = [self._inputs[number] for number in self.wakers]
        before = [waker.pin.value() for waker in wakers]
        for waker in wakers:
            waker.pin.irq(None)
        high, low = self._at(0), self._at(1)
        if self._has_ext1:
            esp32.wake_on_ext1(high if low else (), esp32.WAKEUP_ANY_HIGH)
        elif high and low:
            ms = min(ms, _LOOK_MS)
        if low and (self._has_ext1 or before[0]):
            esp32.wake_on_gpio(low, esp32.WAKEUP_ALL_LOW)
        else:
            esp32.wake_on_gpio(high, esp32.WAKEUP_ANY_HIGH)
        self._hold(True)
        machine.lightsleep(ms)
        self._hold(False)
        changed = False
        for waker, level in zip(wakers, before):
            waker.resume()
            if waker.pin.value() != level:
                changed = True
                if waker.handler is not None:
                    waker.handler(waker)
        return changed

    def deep_sleep(self, ms: int) -> None:
        """Switch all but the RTC off for `ms`, or until a pin is high; ends in a restart."""
        pins = self._at(0)
        esp32.wake_on_gpio(() if self._has_ext1 else pins, esp32.WAKEUP_ANY_HIGH)
        if self._has_ext1:
            esp32.wake_on_ext1(pins, esp32.WAKEUP_ANY_HIGH)
        self._hold(True)
        machine.deepsleep(ms)

    def _at(self, level: int) -> "tuple[Pin, ...]":
        pins = [self._inputs[number].pin for number in self.wakers]
        return tuple([pin for pin in pins if pin.value() == level])

    def _hold(self, on: bool) -> None:
        for output in self._outputs.values():
            output.hold(on)
        hold = getattr(esp32, "gpio_deep_sleep_hold", None)
        if hold is not None:
            hold(on)
