"""Confidence intervals: of means by Student's t, of quantiles by order statistics."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats


@dataclass(frozen=True, slots=True)
class MeanInterval:
    """The mean of `n` observations and half the width of its confidence interval."""

    mean: float
    half_width: float
    n: int

    @property
    def low(self) -> float:
        """The interval's lower end."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """The interval's upper end."""
        return self.mean + self.half_width


@dataclass(frozen=True, slots=True)
class QuantileInterval:
    """Two observations with a quantile between them, and the confidence that it is there."""

    low: float
    high: float
    confidence: float


def mean_interval(values: Sequence[float], confidence: float = 0.95) -> MeanInterval:
    """Return the mean of independent `values` with Student's t interval.

    Exact for normal values, good for means of many things (Law, Simulation Modeling and Analysis,
    section 4.5). ValueError for fewer than two values, which tell nothing of their scatter.
    """
    n = len(values)
    if n < 2:
        raise ValueError(f"an interval needs two values at least, not {n}")
    deviation = float(np.std(values, ddof=1))
    half_width = _student_t(confidence, n - 1) * deviation / math.sqrt(n)
    return MeanInterval(float(np.mean(values)), half_width, n)


@cache
def _student_t(confidence: float, freedom: int) -> float:
    return float(stats.t.ppf((1 + confidence) / 2, freedom))


def quantile_interval(
    values: Sequence[float], share: float, confidence: float = 0.95
) -> QuantileInterval | None:
    """Return the order statistics between which the quantile of `share` lies; None: too few values.

    Whatever the distribution of independent values, the number of those below the quantile is
    binomial (Conover, Practical Nonparametric Statistics, section 3.2). Each end is missed with
    half of what `confidence` leaves at most, so that the confidence attained is mostly greater.
    """
    low, high, attained = _ranks(len(values), share, confidence)
    if low < 1 or high > len(values):
        return None
    ordered = sorted(values)
    return QuantileInterval(ordered[low - 1], ordered[high - 1], attained)


@cache
def _ranks(n: int, share: float, confidence: float) -> tuple[int, int, float]:
    """Return the ranks of both ends among `n` values, from 1, and the confidence attained."""
    missed = (1 - confidence) / 2
    below = stats.binom(n, share)
    # The rank r is too high when fewer than r values lie below the quantile.
    low = int(below.ppf(missed))
    high = int(below.ppf(1 - missed)) + 1
    return low, high, float(below.cdf(high - 1) - below.cdf(low - 1))


def batch_means(series: ArrayLike, batches: int) -> NDArray[np.float64]:
    """Return the means of `batches` equal parts of one long series, in its order.

    Nearly independent when a part is much longer than the series' memory, so that `mean_interval`
    holds for them (Law, section 9.5.3). What is left over at the beginning is dropped; ValueError
    when there are fewer values than parts.
    """
    values = np.asarray(series, np.float64)
    length = len(values) // batches
    if not length:
        raise ValueError(f"{len(values)} values cannot make {batches} batches")
    return np.asarray(values[len(values) - batches * length :].reshape(batches, length).mean(1))
