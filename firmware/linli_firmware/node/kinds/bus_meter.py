"""A meter that was there before, read over RS-485 (docs/LEGACY.md).

Pins: "bus", an object with the settings of `legacy.build.build_meter`.
"""

from ...apps.bus_meter import BusMeter as App
from ...legacy.build import build_meter
from .meter import KIND, adapt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..pins import Pins
    from ..types import Board, OutputDriver, PolledDriver, Port

__all__ = ["KIND", "App", "adapt", "wire"]


def wire(
    pins: "Pins", port: "Port", board: "Board"
) -> "tuple[list[PolledDriver], dict[str, OutputDriver]]":
    """Return the meter's poller, and the way to its valve."""
    poller, link = build_meter(pins.section("bus"), board, port)
    inputs: "list[PolledDriver]" = []
    inputs.append(poller)
    return inputs, {"valve": link}
