"""Safe mode tells of itself every hour, and ends: what led to it may be over after a restart.

It lasts an hour, then two, four … up to a day, so that neither flash nor the hub's list of events
fills with its starts.
"""

from linli_protocol import messages

from ..actions import Send

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .node import Node

HEALTH_MS = 3_600_000
FIRST_MS = 3_600_000
LAST_MS = 86_400_000
# The last of its messages are to reach the hub.
PARTING_MS = 30_000


class SafeMode:
    """The part of `node` that does so; there have been `starts` in safe mode in a row before."""

    name = "safe"
    vital = False
    period_ms = 1_000

    def __init__(self, node: "Node", starts: int) -> None:
        self._node = node
        self._health_at = HEALTH_MS
        self._end_at = min(FIRST_MS << starts, LAST_MS) + PARTING_MS

    def restart(self, now: int) -> None:
        """Have nothing to mend."""

    def poll(self, now: int) -> None:
        """Do what is due."""
        if now >= self._health_at:
            self._health_at = now + HEALTH_MS
            node = self._node
            fields = {"time": node.clock.unix(now) or 0, "uptime_s": now // 1000}
            node.core.device.send(Send(messages.HEALTH, fields), now)
        if now >= self._end_at:
            self._node.end_when_quiet("safe mode", now)

    def next_wake(self, now: int) -> int:
        """Return when a device that sleeps is to wake for it."""
        return max(min(self._health_at, self._end_at), now + self.period_ms)

    def next_deadline(self) -> "int | None":
        """Return None: the period says when."""
        return None
