"""A simulated water meter: draws turn its wheel."""

from typing import Any

from ..clockwork import at
from ..people.water import Draw
from .twin import Twin

# A new lithium thionyl chloride cell.
BATTERY_MV = 3600


class MeterTwin(Twin):
    """A meter that gives a pulse for every `pulse_ml` of its app's settings.

    `turned_ml` is what its wheel has shown since the beginning.
    """

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._pulse_ml: int = self.app.config["pulse_ml"]
        self._rest_ml = 0
        self.turned_ml = 0

    def read_inputs(self) -> None:
        """Hand over the voltage of the cell."""
        self.input("set_battery", BATTERY_MV)

    def draw(self, draw: Draw) -> None:
        """Let somebody draw water; the wheel has turned when they shut the tap."""
        at(self._env, draw.duration_us, self._turn, draw.volume_ml)

    def _turn(self, volume_ml: int) -> None:
        pulses, self._rest_ml = divmod(self._rest_ml + volume_ml, self._pulse_ml)
        if pulses:
            # Without power a reed contact closes unheard: what flows meanwhile is not counted.
            self.turned_ml += pulses * self._pulse_ml
            self.input("count_pulses", pulses)
            self.act()
