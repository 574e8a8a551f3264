"""Between a water meter on the bus and its app: totals and states in, valve commands out."""

from ..apps import valve
from . import cjt188

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .poller import Polled, Poller
    from .types import Device, Inputs, Reading

# A valve that was told to turn is looked at so often, for so long; a ball valve takes 5 to 15 s.
LOOK_MS = 5000
LOOK_FOR_MS = 60000

_POSITIONS = {cjt188.OPEN: valve.OPEN, cjt188.CLOSED: valve.CLOSED}
_STEPS = {valve.OPEN: cjt188.OPEN_VALVE, valve.CLOSED: cjt188.CLOSE_VALVE}


class MeterLink:
    """The sink of a meter's poller, and the driver of its app's output "valve".

    `inputs(name)` returns what is called with an input of `apps.bus_meter.BusMeter`. `attach` comes
    before anything else.
    """

    def __init__(self, inputs: "Inputs", device: "Device") -> None:
        self._set_total = inputs("set_total")
        self._set_battery = inputs("set_meter_battery")
        self._set_valve = inputs("set_valve")
        self.set_present = inputs("set_present")
        self._device = device
        self._target = valve.STOPPED
        self._look_until = 0

    def attach(self, poller: "Poller", polled: "Polled") -> None:
        """Take note of who polls the meter."""
        self._poller = poller
        self._polled = polled

    def take(self, step: int, value: "Reading | int", now: int) -> None:
        """Take a meter's reading, or its total alone in ml."""
        if isinstance(value, int):
            self._set_total(value, now)
            return
        total_ml, status, battery_low = value
        self._set_total(total_ml, now)
        if battery_low is not None:
            self._set_battery(battery_low, now)
        if status is not None:
            position = _POSITIONS.get(status)
            self._set_valve(position, now)
            if position == self._target:
                self._target = valve.STOPPED
        self._look(now)

    def set(self, value: int, now: int) -> None:
        """Take the value of an Output "valve"."""
        self._target = value
        self._look_until = now + LOOK_FOR_MS
        self._poller.bus.submit(self._device, _STEPS[value], self._told, True)

    def poll(self, now: int) -> None:
        """Do nothing: the poller has its own."""

    def _told(self, outcome: int, value: object, now: int) -> None:
        self._look(now)

    def _look(self, now: int) -> None:
        if self._target != valve.STOPPED and now < self._look_until:
            self._polled.due = min(self._polled.due, now + LOOK_MS)
