"""Pins as drivers want them: 1 is active, whatever the wiring, and a handler hears every edge."""

from machine import ADC, Pin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Input:
    """An input pin; `inverted` makes a low level active."""

    def __init__(self, number: int, pull: "str | None", inverted: bool) -> None:
        pulls = {None: None, "up": Pin.PULL_UP, "down": Pin.PULL_DOWN}
        self._pin = Pin(number, Pin.IN, pulls[pull])
        self._inverted = int(inverted)

    def value(self) -> int:
        """Return 1 while the input is active, else 0."""
        return self._pin.value() ^ self._inverted

    def irq(self, handler: "Callable[[object], None]", rising_only: bool = False) -> None:
        """Call `handler` with something or other at every edge, or whenever it turns active."""
        active = Pin.IRQ_FALLING if self._inverted else Pin.IRQ_RISING
        self._pin.irq(handler, active if rising_only else Pin.IRQ_RISING | Pin.IRQ_FALLING)


class Output:
    """An output pin; `inverted` makes a low level active."""

    def __init__(self, number: int, initial: int, inverted: bool) -> None:
        self._inverted = int(inverted)
        self._pin = Pin(number, Pin.OUT, value=initial ^ self._inverted)

    def value(self, active: int) -> None:
        """Set the pin active (1) or not (0)."""
        self._pin.value(active ^ self._inverted)


class Analogue:
    """An analogue input, calibrated by the chip's own fuses."""

    def __init__(self, number: int) -> None:
        # The widest range: up to some 3.1 V on the ESP32 (its data sheet, ADC characteristics).
        self._adc = ADC(Pin(number), atten=ADC.ATTN_11DB)

    def read_mv(self) -> int:
        """Return the pin's voltage."""
        return self._adc.read_uv() // 1000
