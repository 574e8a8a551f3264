"""Keeps the parts of a node going, whatever becomes of one of them.

Each part is an asyncio task of its own. One that raises is counted, made known, and started again
after a back-off; the others do not notice. The watchdog comes last: when a vital part has not come
through for STUCK_MS in spite of that, `is_well` says so and the board is left to be reset.
"""

from .monotonic import LONGEST_SLEEP_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .types import Part

FIRST_RETRY_MS = 1_000
LAST_RETRY_MS = 60_000

# Longer than a store's longest tidying or a TLS handshake, shorter than anybody waits at a door.
STUCK_MS = 180_000


class Supervisor:
    """The parts' keeper. `failed(part, error, now)` is told of every exception.

    `failures` counts them by the part's name, `ran_at` is when each vital part last came through.
    """

    def __init__(
        self,
        now: "Callable[[], int]",
        sleep_ms: "Callable[[int], Awaitable[None]]",
        failed: "Callable[[Part, Exception, int], None]",
    ) -> None:
        self.failures: "dict[str, int]" = {}
        self._now = now
        self._sleep_ms = sleep_ms
        self._failed = failed
        self.ran_at: "dict[str, int]" = {}

    async def keep(self, part: "Part") -> None:
        """Run `part` for ever."""
        retry_ms = 0
        if part.vital:
            self.ran_at[part.name] = self._now()
        while True:
            try:
                if retry_ms:
                    part.restart(self._now())
                part.poll(self._now())
                deadline = part.next_deadline()
                now = self._now()
                if part.vital:
                    self.ran_at[part.name] = now
                retry_ms = 0
                wait_ms = part.period_ms or LONGEST_SLEEP_MS
                if deadline is not None:
                    wait_ms = max(min(wait_ms, deadline - now), 0)
            except Exception as error:
                self.note(part, error)
                retry_ms = min(retry_ms * 2, LAST_RETRY_MS) or FIRST_RETRY_MS
                wait_ms = retry_ms
            await self._sleep_ms(wait_ms)

    def is_well(self, now: int) -> bool:
        """Tell whether every vital part has come through lately."""
        return now - min(self.ran_at.values(), default=now) <= STUCK_MS

    def note(self, part: "Part", error: Exception) -> None:
        """Count an exception of `part` and make it known."""
        self.failures[part.name] = self.failures.get(part.name, 0) + 1
        try:
            self._failed(part, error, self._now())
        except Exception:
            # What makes failures known may be what has failed.
            self.failures["failed"] = self.failures.get("failed", 0) + 1
