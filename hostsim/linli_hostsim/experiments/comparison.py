"""Two scenarios held against each other, replication by replication."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from .intervals import MeanInterval, mean_interval


class Verdict(Enum):
    """What is to be said of the second scenario, in words."""

    BETTER = "better"
    WORSE = "worse"
    NOT_SHOWN = "no difference shown"
    EQUAL = "equal in each pair"
    TOO_FEW = "too few pairs"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure of two scenarios: the mean of their differences, second less first, and a verdict.

    `n` is how many replications of each have the figure; the difference is over those pairs of
    which both have it, None where there are fewer than two.
    """

    n: tuple[int, int]
    means: tuple[float | None, float | None]
    difference: MeanInterval | None
    verdict: Verdict


def compare(
    first: Sequence[float | None],
    second: Sequence[float | None],
    better: Literal["less", "more"],
    confidence: float = 0.95,
) -> Comparison:
    """Compare a figure of replications with the same seeds, in the same order.

    By a t interval of the differences of pairs, in which what a pair shares cancels out (Law,
    Simulation Modeling and Analysis, section 10.2.1). ValueError when there are not as many of
    both.
    """
    differences = [
        two - one
        for one, two in zip(first, second, strict=True)
        if one is not None and two is not None
    ]
    found = mean_interval(differences, confidence) if len(differences) > 1 else None
    there = [[value for value in values if value is not None] for values in (first, second)]
    n_first, n_second = map(len, there)
    mean_first, mean_second = (sum(each) / len(each) if each else None for each in there)
    return Comparison(
        (n_first, n_second),
        (mean_first, mean_second),
        found,
        Verdict.TOO_FEW if found is None else _verdict(found, better),
    )


def _verdict(difference: MeanInterval, better: Literal["less", "more"]) -> Verdict:
    if difference.low <= 0 <= difference.high:
        is_equal = not difference.mean and not difference.half_width
        return Verdict.EQUAL if is_equal else Verdict.NOT_SHOWN
    return Verdict.BETTER if (difference.mean > 0) == (better == "more") else Verdict.WORSE
