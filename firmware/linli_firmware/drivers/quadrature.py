"""Counts a wheel forward and backward with two contacts that overlap.

Each turn of the magnet passes both closed and both open, so a bounce of one contact counts forth
and back and leaves nothing behind.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import InputPin

STEPS_A_TURN = 4

# By state before << 2 | state now, where a state is a << 1 | b; forward, `a` closes first. 3 stands
# for -1, 2 for a step of two: one of the contacts was missed.
_STEPS = b"\x00\x03\x01\x02\x01\x00\x02\x03\x03\x02\x00\x01\x02\x01\x03\x00"


class Quadrature:
    """Counts the quarter turns of contacts `a` and `b`; the count wraps at 2**24.

    `counts`: "missed", steps that were too fast to see.
    """

    def __init__(self, a: "InputPin", b: "InputPin") -> None:
        self.counts = {"missed": 0}
        self._a = a
        self._b = b
        self._state = self._read()
        self._count = 0
        a.irq(self._on_edge)
        b.irq(self._on_edge)

    def value(self) -> int:
        """Return the count of quarter turns, forward less backward."""
        return self._count

    def _on_edge(self, pin: object) -> None:
        # May run in an interrupt: only small ints.
        state = self._read()
        step = _STEPS[self._state << 2 | state]
        self._state = state
        if step == 2:
            self.counts["missed"] += 1
        else:
            self._count = self._count + (-1 if step == 3 else step) & 0xFFFFFF

    def _read(self) -> int:
        return self._a.value() << 1 | self._b.value()
