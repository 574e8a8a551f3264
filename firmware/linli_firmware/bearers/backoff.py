"""How long to wait before the next attempt: longer each time, and never in step with others."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from linli_protocol.types import Random

FIRST_MS = 1_000
LAST_MS = 60_000


class Backoff:
    """Waits that double from FIRST_MS, the upper half of each at random."""

    def __init__(self, random: "Random") -> None:
        self._random = random
        self._ms = FIRST_MS

    def next(self, most_ms: int = LAST_MS) -> int:
        """Return the ms to wait before the next attempt, at most `most_ms`."""
        half = min(self._ms, most_ms) // 2
        self._ms = min(2 * self._ms, most_ms)
        return half + (int.from_bytes(self._random(2), "big") * half >> 16)

    def reset(self) -> None:
        """Begin with short waits again: an attempt has led to something."""
        self._ms = FIRST_MS
