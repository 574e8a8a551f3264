"""Which of a link's bearers a packet takes, and when."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .bearer import Bearer


class Ways:
    """The choice among `bearers`, which come in order of preference.

    Each method that looks for a way also returns the ms to wait when there is none now, None when
    that is not known.
    """

    def __init__(self, bearers: "Sequence[Bearer]") -> None:
        self._bearers = bearers

    def best(self, length: int, urgent: bool, now: int) -> "tuple[int | None, int | None]":
        """Return (the number of the best bearer usable now or None, ms to wait)."""
        least = None
        fallback = None
        for number, bearer in enumerate(self._bearers):
            wait = bearer.wait(length, urgent, now)
            if wait == 0:
                if not bearer.is_suspended(now):
                    return number, None
                if fallback is None:
                    fallback = number
            elif wait is not None and (least is None or wait < least):
                least = wait
        return fallback, least

    def all(self, length: int, now: int) -> "tuple[tuple[int, ...], int | None]":
        """Return (the numbers of all bearers that an urgent packet can take now, ms to wait)."""
        waits = [bearer.wait(length, True, now) for bearer in self._bearers]
        numbers = tuple([number for number, wait in enumerate(waits) if wait == 0])
        known = [wait for wait in waits if wait]
        return numbers, min(known) if known else None
