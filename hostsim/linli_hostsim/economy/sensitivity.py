"""How far each input moves an outcome, and which value of one brings it to a target."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from .inputs import Input, Inputs, inputs

_HALVINGS = 60

T = TypeVar("T", bound=Inputs)


@dataclass(frozen=True, slots=True)
class Swing:
    """An outcome at the ends of one input's span, all others as they are."""

    input: Input
    at_low: float
    at_high: float

    @property
    def width(self) -> float:
        """How far apart the two are; infinite when one of them is."""
        return 0.0 if self.at_low == self.at_high else abs(self.at_high - self.at_low)


def tornado(table: T, outcome: Callable[[T], float]) -> list[Swing]:
    """Return the swing of each input in `table`, the widest first; of equals the first stays."""
    swings = [
        Swing(one, *(outcome(table.changed({one.key: end})) for end in (one.low, one.high)))
        for one in inputs(table)
    ]
    return sorted(swings, key=lambda swing: swing.width, reverse=True)


def break_even(table: T, one: Input, outcome: Callable[[T], float], target: float) -> float | None:
    """Return the value of an input of `table` at which `outcome` passes `target`.

    The outcome must rise or fall with the input all the way from the least value allowed to the
    most; None when it does not get there.
    """

    def above(value: float) -> bool:
        return outcome(table.changed({one.key: value})) > target

    low, high = one.least, one.most
    starts_above = above(low)
    if above(high) == starts_above:
        return None
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if above(middle) == starts_above:
            low = middle
        else:
            high = middle
    return high


def extreme(table: T, outcome: Callable[[T], float], highest: bool) -> T:
    """Return `table` with each input at that end of its span which makes `outcome` lower or higher.

    Inputs are set one after the other, twice, since one may matter only after another was set.
    """
    pick = max if highest else min
    for _ in range(2):
        for one in inputs(table):
            ends = [table.changed({one.key: end}) for end in (one.low, one.high)]
            table = pick(ends, key=outcome)
    return table
