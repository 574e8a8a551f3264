"""A water meter with a motor valve.

Pins: those of `meter`, and "valve_open", "valve_close" (the bridge's inputs), "end_open",
"end_closed" (end stops), "valve_current" (ADC at the bridge's shunt; option "stall_mv").
"""

from ...apps.valve_meter import ValveMeter as App
from ...drivers.valve_motor import ValveMotor
from . import meter
from .meter import KIND, adapt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..pins import Pins
    from ..types import Board, OutputDriver, PolledDriver, Port

__all__ = ["KIND", "App", "adapt", "wire"]


def wire(
    pins: "Pins", port: "Port", board: "Board"
) -> "tuple[list[PolledDriver], dict[str, OutputDriver]]":
    """Return the meter's drivers and the valve's."""
    pins.need("valve_open", "valve_close", "end_open", "end_closed")
    inputs, outputs = meter.wire(pins, port, board)
    opening, closing = pins.output("valve_open"), pins.output("valve_close")
    open_end, closed_end = pins.input("end_open"), pins.input("end_closed")
    assert opening and closing and open_end and closed_end, "needed"
    current = pins.adc("valve_current", "stall_mv")
    stall_mv = 0
    if current is not None:
        stall_mv = pins.option("valve_current", "stall_mv") or 0
        if stall_mv <= 0:
            raise ValueError("pins.valve_current.stall_mv: missing")
    outputs["valve"] = ValveMotor(
        opening,
        closing,
        open_end,
        closed_end,
        port("set_valve_ends"),
        current,
        stall_mv,
        port("report_valve_stall"),
    )
    return inputs, outputs
