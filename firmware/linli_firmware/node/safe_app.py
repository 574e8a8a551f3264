"""An app that only obeys what every device obeys: rekeying, health, updates, decommissioning."""

from ..apps import app

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..clock import Clock
    from ..types import Config, Store


class SafeApp(app.App):
    """An app without inputs and outputs."""

    def __init__(self, config: "Config", store: "Store", clock: "Clock") -> None:
        super().__init__(app.DEFAULTS, config, store, clock)

    def _begin(self, now: int) -> None:
        """Have nothing to begin."""
