"""Sensors and electricity meters that were there before, read over RS-485 (docs/LEGACY.md).

Pins: "bus", an object with the settings of `legacy.build.build_sensor`.
"""

from linli_protocol import codes

from ...apps.bus_sensor import BusSensor as App
from ...legacy.build import build_sensor
from .meter import adapt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..pins import Pins
    from ..types import Board, OutputDriver, PolledDriver, Port

__all__ = ["KIND", "App", "adapt", "wire"]

KIND = codes.AMBIENT


def wire(
    pins: "Pins", port: "Port", board: "Board"
) -> "tuple[list[PolledDriver], dict[str, OutputDriver]]":
    """Return the sensors' poller."""
    inputs: "list[PolledDriver]" = []
    inputs.append(build_sensor(pins.section("bus"), board, port))
    return inputs, {}
