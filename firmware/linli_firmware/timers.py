"""The deadlines of one app, taken in the order in which they fall due."""


class Timers:
    """Deadlines in monotonic ms by number; of two at the same instant the lower number is first."""

    def __init__(self) -> None:
        self._deadlines: "dict[int, int]" = {}
        self._earliest: "int | None" = None

    def set(self, number: int, at: int) -> None:
        """Let timer `number` fall due at `at`, whatever it was set to."""
        self._deadlines[number] = at
        self._find_earliest()

    def cancel(self, number: int) -> None:
        """Stop timer `number` if it runs."""
        if number in self._deadlines:
            del self._deadlines[number]
            self._find_earliest()

    def running(self, number: int) -> bool:
        """Tell whether timer `number` is still to fall due."""
        return number in self._deadlines

    def next(self) -> "int | None":
        """Return the earliest deadline, None when no timer runs."""
        return self._earliest

    def take(self, now: int) -> "tuple[int, int] | None":
        """Stop and return the earliest timer that is due by `now` as (number, deadline)."""
        at = self._earliest
        if at is None or at > now:
            return None
        number = min([each for each, deadline in self._deadlines.items() if deadline == at])
        self.cancel(number)
        return number, at

    def _find_earliest(self) -> None:
        # Asked for far more often than changed.
        self._earliest = min(self._deadlines.values()) if self._deadlines else None
