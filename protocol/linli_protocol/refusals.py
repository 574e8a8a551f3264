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

REASONS = (
    "truncated",
    "wrong version",
    "wrong direction",
    "addressed to another device",
    "wrong tag length for its kind",
    "no session with that epoch",
    "replayed, or older than the replay window",
    "forged or damaged",
    "malformed body",
    "join message forged or out of date",
)


class Refusals:
    """How often each reason of REASONS occurred."""

    def __init__(self) -> None:
        self.counts = [0] * len(REASONS)

    def note(self, reason: int) -> None:
        """Count one refusal."""
        self.counts[reason] += 1

    def total(self) -> int:
        """Return the number of refusals for any reason."""
        return sum(self.counts)
