"""Feeds the board's watchdog as long as the node is well."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .supervisor import Supervisor
    from .types import Feeder

PERIOD_MS = 1_000


class Watchdog:
    """The part of a node that gives up last: it stops feeding `hardware`, and the board resets."""

    name = "watchdog"
    vital = False
    period_ms = PERIOD_MS

    def __init__(self, hardware: "Feeder", supervisor: "Supervisor") -> None:
        self._hardware = hardware
        self._supervisor = supervisor

    def restart(self, now: int) -> None:
        """Have nothing to mend."""

    def poll(self, now: int) -> None:
        """Feed, unless something vital is stuck."""
        if self._supervisor.is_well(now):
            self._hardware.feed()

    def next_deadline(self) -> "int | None":
        """Return None: the period says when."""
        return None
