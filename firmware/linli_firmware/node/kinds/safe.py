"""Safe mode: nothing is wired, whatever kind of device it is."""

from ..safe_app import SafeApp as App

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..pins import Pins
    from ..types import Board, OutputDriver, PolledDriver, Port

__all__ = ["App", "wire"]


def wire(
    pins: "Pins", port: "Port", board: "Board"
) -> "tuple[list[PolledDriver], dict[str, OutputDriver]]":
    """Return no drivers."""
    return [], {}
