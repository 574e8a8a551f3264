"""A chosen design in the years to come: until when its targets hold as devices are added.

What holds with more devices is taken to hold with fewer: so the last year is simulated first, then
years halfway, and those in between follow.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ..scenario import Devices
from .judge import Judge, Judgement
from .levers import Space
from .search import Candidate


@dataclass(frozen=True, slots=True)
class YearOfGrowth:
    """A year with so many times the scenario's devices; no judgement where it follows."""

    year: int
    share: float
    devices: int
    holds: bool
    judgement: Judgement | None


def steady(rate: float, years: int) -> list[tuple[int, float]]:
    """Return years from 0 on, each with `rate` more devices than the year before."""
    return [(year, (1 + rate) ** year) for year in range(years + 1)]


def grow(
    space: Space, chosen: Candidate, judge: Judge, years: Sequence[tuple[int, float]]
) -> list[YearOfGrowth]:
    """Return each of `years` (year, share of the scenario's devices), in their order.

    Shares must not fall. The site, its homes, gateways and edge stay as chosen.
    """
    judged: dict[int, Judgement] = {}
    sizes = [_sizes(space, share) for _, share in years]

    def holds(number: int) -> bool:
        year, share = years[number]
        settings = dict(chosen.screened.settings)
        for group, size in enumerate(sizes[number]):
            settings[f"devices.{group}.count"] = size
        subject = f"year {year}, {share:.0%} of the devices"
        judged[number] = judge.judge(settings, space.described(settings), subject)
        return judged[number].is_accepted

    # The first year that does not hold lies after `low` and is not after `high`.
    low, high = -1, len(years)
    if years and holds(len(years) - 1):
        low = len(years) - 1
    elif years:
        high = len(years) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            low = middle
        else:
            high = middle
    return [
        YearOfGrowth(year, share, sum(sizes[number]), number <= low, judged.get(number))
        for number, (year, share) in enumerate(years)
    ]


def _sizes(space: Space, share: float) -> list[int]:
    """Return how many devices there are of each table in the file."""
    groups = [Devices.model_validate(table) for table in space.tables]
    return [max(round(group.number(space.scenario.households) * share), 1) for group in groups]
