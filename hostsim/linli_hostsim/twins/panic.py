"""A simulated panic button: somebody presses it."""

from linli_protocol import messages

from ..clockwork import US_PER_MS, at, now_us
from ..recorder import Stage
from .twin import Twin

# A new CR123A cell.
BATTERY_MV = 3000
PRESSED_MS = 600


class PanicTwin(Twin):
    """A button on a wall or a wrist."""

    def read_inputs(self) -> None:
        """Hand over the voltage of the cell; nobody holds the button for as long as a start."""
        self.input("set_battery", BATTERY_MV)

    def press(self, _: None) -> None:
        """Let somebody press the button and let go."""
        self.input("set_button", True)
        self.act()
        at(self._env, PRESSED_MS * US_PER_MS, self._release)

    def on_packet(self, kind: int) -> None:
        """The first alarm packet is the incident's first transmission."""
        incident = self.app.open_incident
        # One whose acknowledgement was lost goes out again, even after the incident was closed.
        if kind == messages.ALARM and incident is not None:
            self._recorder.alarm(self.device, incident, Stage.TRANSMITTED, now_us(self._env))

    def _release(self) -> None:
        self.input("set_button", False)
        self.act()
