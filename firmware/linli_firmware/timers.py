"""The deadlines of one app, taken in the order in which they fall due."""


class Timers:
    """Deadlines in monotonic ms by number; of two at the same instant the lower number is first."""

    def __init__(self) -> None:
        self._deadlines: "dict[int, int]" = {}
        self._earliest: "int | None" = None
        self._is_known = True

    def set(self, number: int, at: int) -> None:
        """Let timer `number` fall due at `at`, whatever it was set to."""
        self._deadlines[number] = at
        self._is_known = False

    def cancel(self, number: int) -> None:
        """Stop timer `number` if it runs."""
        if number in self._deadlines:
            del self._deadlines[number]
            self._is_known = False

    def running(self, number: int) -> bool:
        """Tell whether timer `number` is still to fall due."""
        return number in self._deadlines

    def next(self) -> "int | None":
        """Return the earliest deadline, None when no timer runs."""
        # Asked for far more often than changed.
        if not self._is_known:
            self._earliest = min(self._deadlines.values()) if self._deadlines else None
            self._is_known = True
        return self._earliest

    def take(self, now: int) -> "tuple[int, int] | None":
        """Stop and return the earliest timer that is due by `now` as (number, deadline)."""
        at = self.next()
        if at is None or at > now:
            return None
        number = min([each for each, deadline in self._deadlines.items() if deadline == at])
        self.cancel(number)
        return number, at
