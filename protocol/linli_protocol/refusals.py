"""Why received bytes were refused, counted; a refusal is not answered and changes nothing else."""

TRUNCATED = 0
WRONG_VERSION = 1
WRONG_DIRECTION = 2
WRONG_DEVICE = 3
WRONG_TAG_LENGTH = 4
NO_SESSION = 5
REPLAYED = 6
FORGED = 7
MALFORMED = 8
JOIN_REFUSED = 9
JOIN_LIMITED = 10
SUPERSEDED = 11


class Refusals:
    """How often each reason occurred."""

    def __init__(self) -> None:
        self.counts = [0] * (SUPERSEDED + 1)

    def note(self, reason: int) -> None:
        """Count one refusal."""
        self.counts[reason] += 1

    def total(self) -> int:
        """Return the number of refusals for any reason."""
        return sum(self.counts)
