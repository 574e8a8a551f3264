"""A counter of pulses beside the chip, which counts while that sleeps deeply: PCF8583.

It counts the pulses at its pin OSCI, six decimal digits of them, and bounces with them: a reed
needs a low-pass and a Schmitt trigger in front. Source: PCF8583 data sheet, event-counter mode.
"""

from ..settings import NEEDED, merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..types import Config
    from .types import I2c

DEFAULTS = {
    "number": 0,  # of the chip's I2C controller
    "sda": NEEDED,  # GPIO numbers
    "scl": NEEDED,
}

# With pin A0 at ground.
ADDRESS = 0x50
MODULUS = 1_000_000

_CONTROL = 0
_MODE = 0x30
_EVENTS = 0x20
# Three bytes in BCD, the least first; a read of all is one snapshot.
_COUNT = 1


class Pcf8583:
    """The chip on `i2c`; OSError when it does not answer."""

    def __init__(self, i2c: "I2c", address: int = ADDRESS) -> None:
        self._i2c = i2c
        self._address = address
        if i2c.readfrom_mem(address, _CONTROL, 1)[0] & _MODE != _EVENTS:
            # Its power was away. The count is left as it is: nobody counts from nought.
            i2c.writeto_mem(address, _CONTROL, bytes((_EVENTS,)))

    def value(self) -> int:
        """Return the count, below MODULUS."""
        count = 0
        for digits in reversed(self._i2c.readfrom_mem(self._address, _COUNT, 3)):
            count = count * 100 + (digits >> 4) * 10 + (digits & 0x0F)
        return count


def build(settings: "Config", board: "Any") -> Pcf8583:
    """Return the chip on the board's bus with `settings` over DEFAULTS."""
    chosen = merged(DEFAULTS, settings)
    return Pcf8583(board.i2c(chosen["number"], chosen["sda"], chosen["scl"]))
