"""Intervals hold what they promise: coverage by simulation, ends by tables and by enumeration."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from linli_hostsim.experiments.intervals import batch_means, mean_interval, quantile_interval

EXPERIMENTS = 4000


def covered_at_least(hits: int, confidence: float) -> bool:
    """Tell whether so few hits would come with a chance of more than 1 in 10,000."""
    return bool(stats.binom.cdf(hits, EXPERIMENTS, confidence) > 1e-4)


def covered_at_most(hits: int, confidence: float) -> bool:
    return bool(stats.binom.sf(hits - 1, EXPERIMENTS, confidence) > 1e-4)


def test_the_interval_of_a_known_sample() -> None:
    # NIST/SEMATECH e-Handbook, 1.3.5.2: 195 values, mean 9.261460, deviation 0.022789; 9.258242 to
    # 9.264679. Made here by a sample with exactly that mean and deviation.
    shape = np.linspace(-1, 1, 195)
    values = 9.261460 + 0.022789 * shape / shape.std(ddof=1)
    found = mean_interval(values.tolist())
    assert (found.low, found.high) == (pytest.approx(9.258242, abs=1e-6), pytest.approx(9.264679))


@pytest.mark.parametrize(("n", "confidence"), [(2, 0.95), (5, 0.95), (10, 0.8), (10, 0.99)])
def test_means_of_normal_values_are_covered_exactly(n: int, confidence: float) -> None:
    samples = np.random.default_rng(n).normal(7.0, 2.0, (EXPERIMENTS, n))
    intervals = [mean_interval(sample, confidence) for sample in samples]
    hits = sum(found.low <= 7.0 <= found.high for found in intervals)
    assert covered_at_least(hits, confidence)
    assert covered_at_most(hits, confidence)


def test_one_value_has_no_interval() -> None:
    with pytest.raises(ValueError, match="two values"):
        mean_interval([1.0])


@pytest.mark.parametrize("draw", ["exponential", "standard_cauchy", "uniform"])
@pytest.mark.parametrize(("n", "share"), [(10, 0.5), (100, 0.9), (600, 0.99)])
def test_quantiles_are_covered_whatever_the_distribution(draw: str, n: int, share: float) -> None:
    generator = np.random.default_rng(n)
    samples = getattr(generator, draw)(size=(EXPERIMENTS, n))
    distribution = {"exponential": stats.expon, "standard_cauchy": stats.cauchy}.get(
        draw, stats.uniform
    )
    truth = distribution.ppf(share)
    hits = 0
    for sample in samples:
        found = quantile_interval(sample, share)
        assert found is not None
        assert found.confidence >= 0.95
        hits += found.low <= truth <= found.high
    assert covered_at_least(hits, found.confidence)
    assert covered_at_most(hits, found.confidence)


@pytest.mark.parametrize("n", range(6, 40))
def test_ranks_are_the_tightest_with_half_the_error_on_each_side(n: int) -> None:
    found = quantile_interval([float(rank) for rank in range(1, n + 1)], 0.5)
    assert found is not None
    chance = [math.comb(n, below) / 2**n for below in range(n + 1)]
    low = max(r for r in range(1, n + 1) if sum(chance[:r]) <= 0.025)
    high = min(r for r in range(1, n + 1) if sum(chance[r:]) <= 0.025)
    assert (found.low, found.high) == (low, high)
    assert found.confidence == pytest.approx(sum(chance[low:high]))


def test_too_few_values_have_no_interval_of_a_quantile() -> None:
    # All five of five values lie on one side of the median with chance 2/32.
    assert quantile_interval([1, 2, 3, 4, 5], 0.5) is None
    assert quantile_interval([1, 2, 3, 4, 5], 0.5, confidence=0.9) is not None
    # No value is above the 99.9th percentile of 1000 values with chance 0.37.
    assert quantile_interval(range(1000), 0.999) is None


def test_batches_are_equal_and_in_order() -> None:
    assert batch_means(range(10), 3).tolist() == [2, 5, 8]
    with pytest.raises(ValueError, match="2 values cannot make 3 batches"):
        batch_means([1, 2], 3)


def test_batch_means_of_a_series_with_memory_cover_its_mean_and_its_values_do_not() -> None:
    generator = np.random.default_rng(1)
    experiments, length, memory = 400, 4000, 0.9
    series = np.empty((experiments, length))
    noise = generator.normal(size=(experiments, length))
    series[:, 0] = noise[:, 0] / math.sqrt(1 - memory**2)
    for now, then in itertools.pairwise(range(length)):
        series[:, then] = memory * series[:, now] + noise[:, then]
    hits = sum(abs(mean.mean) <= mean.half_width for mean in map(mean_interval, series))
    batched = [mean_interval(batch_means(each, 20)) for each in series]
    hits_batched = sum(abs(mean.mean) <= mean.half_width for mean in batched)
    assert hits < 0.5 * experiments
    assert stats.binom.cdf(hits_batched, experiments, 0.93) > 1e-4
