"""Whether nobody is there: packets that ought to be answered, and are not.

The link has every message acknowledged. What goes within ANSWER_MS of hearing something may be an
acknowledgement itself, which nobody answers.
"""

ANSWER_MS = 1_000
UNANSWERED = 2

# How long the first of two packets goes unanswered until a way is given up that is the only one,
# and one that is not: an alarm in the middle of a take-over is to arrive within 20 s.
SILENCE_MS = 30_000
SHORT_SILENCE_MS = 5_000


class Silence:
    """What goes unanswered on one connection, for `limit_ms` at most.

    With `first_ms`, one packet and so long are enough until something has been heard at all.
    """

    def __init__(self, limit_ms: int, first_ms: "int | None" = None) -> None:
        self.limit_ms = limit_ms
        self._first_ms = first_ms
        self._heard_at: "int | None" = None
        self._unanswered = 0
        self._since = 0

    def begin(self) -> None:
        """Begin on a new connection."""
        self._heard_at = None
        self._unanswered = 0

    def sent(self, now: int) -> None:
        """Note a packet."""
        if self._heard_at is None or now - self._heard_at >= ANSWER_MS:
            if not self._unanswered:
                self._since = now
            self._unanswered += 1

    def heard(self, now: int) -> None:
        """Note that somebody is there."""
        self._heard_at = now
        self._unanswered = 0

    def deadline(self) -> "int | None":
        """Return when, if nothing is heard until then, nobody is there; None: that is not known."""
        if self._unanswered and self._heard_at is None and self._first_ms is not None:
            return self._since + self._first_ms
        return self._since + self.limit_ms if self._unanswered >= UNANSWERED else None
