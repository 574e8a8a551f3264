"""A clock with a cell of its own beside the chip's, which forgets the time with the power.

"clock" in the configuration: {"sda": 21, "scl": 22} of a DS3231 (drivers/ds3231.py).
"""

from ..drivers.ds3231 import Ds3231
from ..settings import NEEDED, merged
from .upkeep import CLOCK_STEP_S

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..clock import Clock
    from .types import Board, Json

# GPIO numbers, and the number of the chip's I2C controller.
DEFAULTS = {"number": 0, "sda": NEEDED, "scl": NEEDED}


class ExternalClock:
    """The part of a node that reads the chip once and sets it from `clock` whenever it is off.

    A chip that does not answer is a fault of this part and of nothing else.
    """

    name = "clock"
    vital = False
    period_ms = 60_000

    def __init__(self, settings: "Json", board: "Board", clock: "Clock") -> None:
        chosen = merged(DEFAULTS, settings)
        self._clock = clock
        self._chip = Ds3231(board.i2c(chosen["number"], chosen["sda"], chosen["scl"]))
        try:
            unix_s = self._chip.unix_s()
        except OSError:
            # `poll` will find the same, where it is counted.
            unix_s = None
        if unix_s is not None:
            board.set_unix_s(unix_s)

    def restart(self, now: int) -> None:
        """Have nothing to mend."""

    def poll(self, now: int) -> None:
        """Keep the chip right; OSError when it does not answer."""
        known_s = self._chip.unix_s()
        unix_s = self._clock.unix(now)
        if unix_s is not None and (known_s is None or abs(known_s - unix_s) >= CLOCK_STEP_S):
            self._chip.set_unix_s(unix_s)

    def next_deadline(self) -> "int | None":
        """Return None: the period says when."""
        return None
