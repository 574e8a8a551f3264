"""Between a device on the bus and the app that sends what it measures."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Inputs


class SensorLink:
    """The sink of device `number`, whose steps are the app's channels from `first` on.

    `channels` are (quantity, threshold) of its steps. `inputs(name)` returns what is called with an
    input of `apps.bus_sensor.BusSensor`.
    """

    def __init__(
        self, inputs: "Inputs", number: int, first: int, channels: "list[tuple[int, int]]"
    ) -> None:
        self._set_value = inputs("set_value")
        self._set_present = inputs("set_present")
        self._number = number
        self._first = first
        self._channels = channels

    def take(self, step: int, value: int, now: int) -> None:
        """Take the value of a step."""
        quantity, threshold = self._channels[step]
        self._set_value(self._first + step, quantity, threshold, value, now)

    def set_present(self, present: bool, now: int) -> None:
        """Take whether the device answers."""
        self._set_present(self._number, present, now)
