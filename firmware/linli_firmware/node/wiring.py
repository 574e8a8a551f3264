"""The drivers of one device: inputs that post to the core, outputs that the core sets."""

from .passing import passing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..apps.app import App
    from ..clock import Clock
    from ..types import Config, Store
    from .types import Board, Json, KindModule, OutputDriver, PolledDriver, Port


class Wiring:
    """The part of a node with all drivers of a device of `kind`, on the pins of `config`.

    Started anew, it builds every driver anew; inputs then report their levels, and outputs take
    what they were last set to. ValueError names a pin that is missing or wrong.
    """

    name = "wiring"
    vital = True
    # A key held down for a moment, and a tenth of what a door has for its decision.
    period_ms = 5

    def __init__(self, kind: "KindModule", board: "Board", config: "Json", port: "Port") -> None:
        self.outputs: "dict[str, _Kept]" = {}
        self._kind = kind
        self._board = board
        self._config = config
        self._port = port
        self.drivers: "list[PolledDriver]" = []
        self.restart(0)

    def app(self, settings: "Config", store: "Store", clock: "Clock") -> "App":
        """Return a new app for these drivers."""
        return self._kind.App(settings, store, clock)

    def restart(self, now: int) -> None:
        """Build all drivers anew."""
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

    def poll(self, now: int) -> None:
        """Let every driver look at its pins."""
        for driver in self.drivers:
            driver.poll(now)

    def next_deadline(self) -> "int | None":
        """Return None: the period says when."""
        return None


class _Kept:
    """An output whose `driver` may be replaced."""

    def __init__(self, driver: "OutputDriver") -> None:
        self.driver = driver
        self._value: "int | None" = None

    def set(self, value: int, now: int) -> None:
        """Take the value of an Output."""
        self._value = value
        self.driver.set(value, now)

    def replace(self, driver: "OutputDriver", now: int) -> None:
        """Go on with another driver."""
        self.driver = driver
        if self._value is not None:
            driver.set(self._value, now)
