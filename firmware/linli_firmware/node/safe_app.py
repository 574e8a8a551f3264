"""What a board does whose configuration is broken: says so, and obeys what every device obeys."""

from linli_protocol import codes

from ..apps import app

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..clock import Clock
    from ..types import Config, Store

HEALTH_INTERVAL_MS = 3_600_000

_HEALTH = app.FIRST_TIMER


class SafeApp(app.App):
    """An app without inputs and outputs: one SAFE_MODE event a start, and HEALTH once an hour."""

    def __init__(self, config: "Config", store: "Store", clock: "Clock") -> None:
        super().__init__(app.DEFAULTS, config, store, clock)
        self._due[_HEALTH] = self._health

    def _begin(self, now: int) -> None:
        self.events.append(codes.SAFE_MODE, self._unix(now))
        self._timers.set(_HEALTH, now + HEALTH_INTERVAL_MS)

    def _health(self, at: int) -> None:
        self._send_health()
        self._timers.set(_HEALTH, self._now + HEALTH_INTERVAL_MS)
