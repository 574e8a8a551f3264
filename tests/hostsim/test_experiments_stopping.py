"""Replications stop when means are as precise as was asked, and the means are right then."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from linli_hostsim.experiments.intervals import mean_interval
from linli_hostsim.experiments.replications import ReplicationError, replicate, seed_of
from linli_hostsim.experiments.runs_store import Figures, TrialStore
from linli_hostsim.experiments.stopping import Precision, Rule
from linli_hostsim.experiments.sweep import Outcome
from linli_hostsim.experiments.trial import Trial

EXPERIMENTS = 300


def of_one(values: Sequence[float | None], name: str = "x") -> list[Figures]:
    return [{name: value} for value in values]


def stopped(rule: Rule, draws: np.ndarray) -> list[Figures]:
    """The first rows of `draws` at which `rule` is met; column n is figure n."""
    names = [precision.figure for precision in rule.precisions]
    done: list[Figures] = []
    for row in draws:
        done.append(dict(zip(names, row.tolist(), strict=True)))
        if rule.is_met(done):
            break
    return done


@pytest.mark.parametrize(
    ("draw", "error"), [(("normal", 10.0, 3.0), 0.1), (("exponential", 10.0), 0.2)]
)
def test_a_mean_is_as_precise_as_was_asked_with_the_confidence_asked_for(
    draw: tuple[str, float], error: float
) -> None:
    generator = np.random.default_rng(1)
    rule = Rule([Precision("x", error)], least=10, most=1000)
    hits = covered = 0
    for _ in range(EXPERIMENTS):
        done = stopped(rule, getattr(generator, draw[0])(*draw[1:], size=(1000, 1)))
        assert 10 <= len(done) < 1000
        found = mean_interval([each["x"] for each in done])
        hits += abs(found.mean - 10.0) <= error * 10.0
        covered += found.low <= 10.0 <= found.high
    # Stopping at a narrow interval costs little coverage; 93 % and more is what Law found, too.
    for count in (hits, covered):
        assert stats.binom.cdf(count, EXPERIMENTS, 0.93) > 1e-3


def test_several_figures_are_right_together() -> None:
    generator = np.random.default_rng(2)
    names = ["a", "b", "c"]
    rule = Rule([Precision(name, 0.1) for name in names], most=1000)
    assert rule.confidence_of_each == pytest.approx(1 - 0.05 / 3)
    together = 0
    for _ in range(EXPERIMENTS):
        done = stopped(rule, generator.normal(10.0, [2.0, 3.0, 4.0], size=(1000, 3)))
        found = [rule.interval([each[name] for each in done]) for name in names]
        together += all(each.low <= 10.0 <= each.high for each in found if each)
    assert stats.binom.cdf(together, EXPERIMENTS, 0.93) > 1e-3


def test_a_relative_error_is_one_of_the_truth() -> None:
    # The mean is 10 with half a width of 1: the truth may be 9, from which 10 is 1/9 away.
    values = [9.0, 11.0] * 5
    width = mean_interval(values).half_width / 10
    exactly = width / (1 - width)
    assert not Rule([Precision("x", exactly * 1.001)]).missed(of_one(values))
    assert Rule([Precision("x", exactly * 0.999)]).missed(of_one(values))


def test_an_absolute_error_does_for_means_near_zero() -> None:
    values = [-1.0, 1.0] * 10
    half_width = mean_interval(values).half_width
    assert not Rule([Precision("x", half_width * 1.001, is_relative=False)]).missed(of_one(values))
    assert Rule([Precision("x", half_width * 0.999, is_relative=False)]).missed(of_one(values))
    assert Rule([Precision("x", 0.5)]).missed(of_one(values))
    assert not Rule([Precision("x", 0.5)]).missed(of_one([0.0] * 10))


def test_no_less_than_the_least_and_no_more_than_the_most() -> None:
    rule = Rule([Precision("x", 0.1)], least=5, most=8)
    assert not rule.is_met(of_one([1.0] * 4))
    assert rule.is_met(of_one([1.0] * 5))
    scattered = [1.0, 100.0] * 4
    assert not rule.is_met(of_one(scattered[:7]))
    assert rule.is_met(of_one(scattered))
    assert rule.missed(of_one(scattered)) == [Precision("x", 0.1)]
    assert Rule([], least=7).is_met(of_one(scattered[:7]))


def test_a_figure_that_most_replications_lack_is_not_known() -> None:
    rule = Rule([Precision("x", 0.1)], least=5, most=50)
    assert not rule.is_met(of_one([None, None, 1.0, None, None, None]))
    assert rule.is_met(of_one([None, 1.0, 1.0, None, 1.0]))
    found = rule.interval([None, 1.0, 3.0])
    assert found is not None
    assert (found.mean, found.n) == (2.0, 2)


def test_the_forecast_is_how_intervals_shrink() -> None:
    values = np.random.default_rng(3).normal(10, 3, 400).tolist()
    rule = Rule([Precision("x", 0.04)], most=400)
    assert rule.forecast([]) == 10
    # Some (1.96 * 0.3 / 0.0385)^2 = 234.
    assert 100 < rule.forecast(of_one(values[:50])) < 400
    assert rule.forecast(of_one([None] * 20)) == 400


def workers_of(values: dict[int, float], asked: list[int]) -> object:
    def work(trials: Sequence[Trial]) -> Iterator[Outcome]:
        for number, trial in enumerate(trials):
            asked.append(trial.seed)
            value = values[trial.seed]
            yield number, {"x": value} if value < 1e9 else "it broke"

    return work


def trial_of(seed: int) -> Trial:
    return Trial('name = "made-up"', {}, seed)


@pytest.mark.parametrize("at_a_time", [1, 3, 8])
def test_what_is_found_depends_on_no_number_of_cores(tmp_path: Path, at_a_time: int) -> None:
    drawn = np.random.default_rng(4).normal(10.0, 3.0, 200).tolist()
    values = {seed_of(7, number): value for number, value in enumerate(drawn)}
    rule = Rule([Precision("x", 0.1)], most=200)
    wanted = stopped(rule, np.array(drawn)[:, None])
    asked: list[int] = []
    with TrialStore(tmp_path) as store:
        found = replicate(trial_of, 7, rule, store, workers_of(values, asked), at_a_time)
        assert found == wanted
        assert asked == [7 + number for number in range(len(asked))]
        assert len(asked) - len(found) < at_a_time
    # A stricter rule goes on from what is there.
    again: list[int] = []
    with TrialStore(tmp_path) as store:
        stricter = Rule([Precision("x", 0.06)], most=200)
        more = replicate(trial_of, 7, stricter, store, workers_of(values, again), at_a_time)
    assert more[: len(found)] == found
    assert again[0] == 7 + len(asked)


def test_progress_tells_how_many_are_done_and_how_many_to_come(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    values = dict.fromkeys(range(7), 1.0)
    with TrialStore(tmp_path) as store:
        rule = Rule([], least=5)
        workers = workers_of(values, [])
        replicate(trial_of, 0, rule, store, workers, 2, lambda _, done, of: told.append((done, of)))
    assert told == [(number, 5) for number in range(6)]


def test_a_replication_that_fails_is_named(tmp_path: Path) -> None:
    with TrialStore(tmp_path) as store, pytest.raises(ReplicationError, match="seed 2: it broke"):
        replicate(trial_of, 1, Rule([], least=3), store, workers_of({1: 1, 2: 1e9, 3: 1}, []), 1)
