"""Counts pulses of a contact from its edges.

A closure counts once it has been steady for a while, and once only: contacts bounce, and a magnet
that stops at a reed makes it chatter. The chip's own counter cannot do this: the PCNT's filter ends
at 12.8 us (1023 cycles of 80 MHz), so it is for pulses of electronics only.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import InputPin, Ticks

# A reed bounces for up to some ms; a meter's pulse lasts 50 ms and more. Source: our default.
STEADY_MS = 20

_TICKS = 0x3FFFFFFF
_COUNTS = 0xFFFFFF


class EdgeCounter:
    """Counts the closures of `pin`; down while `reverse`, where there is such a pin, is active.

    The count wraps at 2**24. A contact that is closed at the start has been counted before.
    """

    def __init__(
        self,
        pin: "InputPin",
        ticks_ms: "Ticks",
        reverse: "InputPin | None" = None,
        steady_ms: int = STEADY_MS,
    ) -> None:
        self._pin = pin
        self._ticks_ms = ticks_ms
        self._reverse = reverse
        self._steady_ms = steady_ms
        self._count = 0
        self._step = 1
        # `_level` is what has been steady, `_now_level` what the last edge brought.
        self._level = self._now_level = pin.value()
        self._edges = 0
        self._edge_at = ticks_ms()
        # The number of the edge since which `value` has found the contact steady: the ticks wrap
        # after 12 days, and a contact may stay for longer.
        self._steady_since = -1
        pin.irq(self._on_edge)

    def value(self) -> int:
        """Return the count; an interrupt in the middle does no harm."""
        while True:
            edges = self._edges
            if self._ticks_ms() - self._edge_at & _TICKS >= self._steady_ms:
                self._steady_since = edges
            count = self._count
            if self._now_level > self._level and self._steady_since == edges:
                count += self._step
            if edges == self._edges:
                return count & _COUNTS

    def _on_edge(self, pin: object) -> None:
        # May run in an interrupt: only small ints.
        at = self._ticks_ms()
        if self._steady_since == self._edges or at - self._edge_at & _TICKS >= self._steady_ms:
            if self._now_level > self._level:
                self._count = self._count + self._step & _COUNTS
            self._level = self._now_level
        self._edges = self._edges + 1 & _COUNTS
        self._edge_at = at
        self._now_level = self._pin.value()
        if self._reverse is not None:
            self._step = -1 if self._reverse.value() else 1
