"""Contacts on supervised lines: a line that is cut or bridged is tampering, like an open cover.

An input is active while its contact is open, or "inverted", while it is closed.
"""

from ..drivers.supervised_input import LIMITS_MV, SupervisedInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..drivers.types import OnLevel
    from .pins import Pins


class Lines:
    """The supervised lines among `pins`; `on_tamper` hears of all their faults as one.

    A tamper contact is one more `source` of it.
    """

    def __init__(self, pins: "Pins", on_tamper: "OnLevel") -> None:
        self._pins = pins
        self._on_tamper = on_tamper
        self._active: "list[bool]" = []
        self._told: "bool | None" = None

    def driver(self, name: str, report: "OnLevel") -> SupervisedInput:
        """Return the driver of the contact `name`, of whose level `report` is to hear.

        ValueError: its limits are wrong.
        """
        adc = self._pins.adc(name, "supervised", "limits_mv", "inverted")
        assert adc is not None, "configured"
        limits_mv = self._pins.option(name, "limits_mv") or LIMITS_MV
        if len(limits_mv) != 3 or list(limits_mv) != sorted(limits_mv):
            raise ValueError("pins." + name + ".limits_mv: three, in ascending order")
        if name == "tamper":
            report = self.source()
        if self._pins.option(name, "inverted"):
            report = _inverted(report)
        return SupervisedInput(adc, report, self.source(), limits_mv)

    def source(self) -> "OnLevel":
        """Return the callback of one more source."""
        number = len(self._active)
        self._active.append(False)

        def take(active: bool, now: int) -> None:
            self._active[number] = active
            tampered = True in self._active
            if tampered != self._told:
                self._told = tampered
                self._on_tamper(tampered, now)

        return take


def _inverted(report: "OnLevel") -> "OnLevel":
    return lambda active, now: report(not active, now)
