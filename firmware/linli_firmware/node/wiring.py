"""The drivers of one device: inputs that post to the core, outputs that the core sets."""

from .passing import passing
from .supervisor import FIRST_RETRY_MS, LAST_RETRY_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .types import Board, Json, Kind, OutputDriver, PolledDriver, Port

# What raises so often in a row may have got into a state of its own.
_REBUILD = 2


class Wiring:
    """The part of a node with all drivers of a device of `kind`, on the pins of `config`.

    A driver that raises rests for a while, twice as long each time, and `failed(error)` is told;
    the others go on. The second time all are built anew: inputs then report their levels, and
    outputs take what they were last set to. ValueError names a pin that is missing or wrong.
    """

    name = "wiring"
    vital = True
    # A key held down for a moment, and a tenth of what a door has for its decision.
    period_ms = 5

    def __init__(
        self,
        kind: "Kind",
        board: "Board",
        config: "Json",
        port: "Port",
        failed: "Callable[[Exception], None]",
    ) -> None:
        self.outputs: "dict[str, _Kept]" = {}
        self._kind = kind
        self._board = board
        self._config = config
        self._port = port
        self._failed = failed
        self.drivers: "list[PolledDriver]" = []
        # By a driver's place: how often it has raised in a row, and when it is polled again.
        self.resting: "dict[int, tuple[int, int]]" = {}
        self._build(0)

    def restart(self, now: int) -> None:
        """Build all drivers anew."""
        # What has been counted since they were polled is not to be lost.
        self.poll(now)
        self._build(now)

    def poll(self, now: int) -> None:
        """Let every driver look at its pins; raises when all are to be built anew."""
        for place, driver in enumerate(self.drivers):
            times, until = self.resting.get(place, (0, 0))
            if now < until:
                continue
            try:
                driver.poll(now)
            except Exception as error:
                rest_ms = min(FIRST_RETRY_MS << min(times + 1, 6), LAST_RETRY_MS)
                self.resting[place] = (times + 1, now + rest_ms)
                if times + 1 == _REBUILD:
                    raise
                self._failed(error)
            else:
                if times:
                    del self.resting[place]

    def next_deadline(self) -> "int | None":
        """Return None: the period says when."""
        return None

    def _build(self, now: int) -> None:
        pins = passing("linli_firmware.node.pins", "Pins")(self._board, self._config)
        self.drivers, outputs = self._kind.wire(pins, self._port, self._board)
        pins.check_all_used()
        self.drivers += outputs.values()
        for name, driver in outputs.items():
            kept = self.outputs.get(name)
            if kept is None:
                self.outputs[name] = _Kept(driver)
            else:
                kept.replace(driver, now)


class _Kept:
    """An output whose `driver` may be replaced; `value` is what it was last set to."""

    def __init__(self, driver: "OutputDriver") -> None:
        self.driver = driver
        self.value: "int | None" = None

    def set(self, value: int, now: int) -> None:
        """Take the value of an Output."""
        self.value = value
        self.driver.set(value, now)

    def replace(self, driver: "OutputDriver", now: int) -> None:
        """Go on with another driver."""
        self.driver = driver
        if self.value is not None:
            driver.set(self.value, now)
