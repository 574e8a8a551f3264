"""Payback and present value of a project's flows of money, one a year.

`flows` has the yuan of year 0, when all is bought (a negative sum), and of years 1, 2, … at their
end. Within a year money comes in evenly.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise


def discounted(flows: Sequence[float], rate: float) -> list[float]:
    """Return the present values of `flows`: each divided by (1 + rate) to its year."""
    return [flow / (1 + rate) ** year for year, flow in enumerate(flows)]


def net_present_value(flows: Sequence[float], rate: float) -> float:
    """Return the sum of the present values.

    >>> round(net_present_value([-100, 60, 60], 0.1), 2)
    4.13
    """
    return sum(discounted(flows, rate))


def payback_years(flows: Sequence[float]) -> float | None:
    """Return after how many years what came in first makes up for what was spent; None if never.

    >>> payback_years([-100, 40, 40, 40])
    2.5
    """
    balances = list(accumulate(flows))
    if balances[0] >= 0:
        return 0.0
    for year, (before, after) in enumerate(pairwise(balances)):
        if after >= 0:
            return year + before / (before - after)
    return None
