"""A contact: door, request to exit, tamper, magnet, mains, end stop."""

from ..debounce import Debounce

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import InputPin, OnLevel

# An edge brings the pin to notice at once. Should its interrupt be lost, this still keeps to the
# 400 ms after which an input must be processed (IEC 60839-11-1, Table 2), with 100 ms of debounce.
REREAD_MS = 200


class LevelInput:
    """Reports a pin's level at the start and whenever it changes: `on_change(active, now)`.

    `steady_ms` is for those that the app does not debounce itself (mains). `level` is what was last
    reported, None at first. A device that sleeps has a long `reread_ms`: an edge wakes it.
    """

    def __init__(
        self,
        pin: "InputPin",
        on_change: "OnLevel",
        steady_ms: int = 0,
        reread_ms: int = REREAD_MS,
    ) -> None:
        self.level: "bool | None" = None
        self._pin = pin
        self._on_change = on_change
        self._debounce = Debounce(steady_ms, None)
        self._reread_ms = reread_ms
        self._edge = True
        self._due = 0
        pin.irq(self._on_edge)

    def poll(self, now: int) -> None:
        """Read the pin; report a change that has been steady."""
        self._edge = False
        level = bool(self._pin.value())
        accept_at = self._debounce.sample(level, now)
        if accept_at is not None and accept_at <= now:
            self._debounce.accept()
            self.level = level
            self._on_change(level, now)
            accept_at = None
        self._due = now + self._reread_ms if accept_at is None else accept_at

    def next_deadline(self) -> int:
        """Return when the pin is to be read again."""
        return 0 if self._edge else self._due

    def _on_edge(self, pin: object) -> None:
        self._edge = True
