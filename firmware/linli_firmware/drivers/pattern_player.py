"""A lamp or a buzzer that plays the patterns of `patterns`."""

from ..patterns import OFF, PATTERNS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import OutputPin


class PatternPlayer:
    """Takes an app's "led" or "buzzer"; a pattern begins anew each time it is set.

    Polled late it is where it ought to be, not behind. KeyError for a number without a pattern.
    """

    def __init__(self, pin: "OutputPin") -> None:
        self._pin = pin
        self._pattern = PATTERNS[OFF]
        self._began_at = 0
        self._due: "int | None" = None
        pin.value(0)

    def set(self, value: int, now: int) -> None:
        """Begin pattern number `value`."""
        self._pattern = PATTERNS[value]
        self._began_at = now
        self._play(now)

    def poll(self, now: int) -> None:
        """Switch the output if it is time."""
        if self._due is not None and now >= self._due:
            self._play(now)

    def next_deadline(self) -> "int | None":
        """Return when the output is to be switched."""
        return self._due

    def _play(self, now: int) -> None:
        on_ms, off_ms, times = self._pattern
        period_ms = on_ms + off_ms
        elapsed_ms = now - self._began_at
        self._due = None
        is_over = not period_ms or (times and elapsed_ms >= times * period_ms)
        since_ms = 0 if is_over else elapsed_ms % period_ms
        if not is_over and (off_ms or times):
            on_left_ms = on_ms - since_ms
            self._due = now + (on_left_ms if on_left_ms > 0 else period_ms - since_ms)
        self._pin.value(int(not is_over and since_ms < on_ms))
