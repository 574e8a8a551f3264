"""MSER-5 cuts known transients and leaves settled series; what a run's figures lose by it."""

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from linli_hostsim import scenario
from linli_hostsim.clockwork import US_PER_H
from linli_hostsim.experiments.figures import figures
from linli_hostsim.experiments.warm_up import figures_after, mser5, warm_up_us
from linli_hostsim.results import Results
from linli_hostsim.run import run

SERIES = 200

Matrix = NDArray[np.float64]


def first_order_autoregression(memory: float, length: int) -> Matrix:
    noise = np.random.default_rng(1).normal(size=(SERIES, length))
    series = np.empty_like(noise)
    series[:, 0] = noise[:, 0] / math.sqrt(1 - memory**2)
    for now in range(1, length):
        series[:, now] = memory * series[:, now - 1] + noise[:, now]
    return series


def waits_of_a_single_server(load: float, first_wait: float, length: int) -> Matrix:
    """Waits of M/M/1 by Lindley's recursion, in mean service times; the mean is load/(1-load)."""
    generator = np.random.default_rng(2)
    between = generator.exponential(1 / load, (SERIES, length))
    service = generator.exponential(1.0, (SERIES, length))
    waits = np.empty((SERIES, length))
    waits[:, 0] = first_wait
    for now in range(1, length):
        waits[:, now] = np.maximum(0, waits[:, now - 1] + service[:, now] - between[:, now])
    return waits


def cuts_of(series: Matrix) -> list[int]:
    """The cuts of series that all but a few settle; where one does not, nothing is cut."""
    cuts = [mser5(each) for each in series]
    assert cuts.count(None) <= 0.02 * SERIES
    return [cut or 0 for cut in cuts]


def mean_after(series: Matrix, cuts: list[int]) -> float:
    return float(np.mean([each[cut:].mean() for each, cut in zip(series, cuts, strict=True)]))


def test_the_cut_is_that_of_least_standard_error_by_definition() -> None:
    series = first_order_autoregression(0.5, 203) + 1e6
    series[:, :40] += np.linspace(8, 0, 40)
    for each in series[:20]:
        batches = each[:200].reshape(40, 5).mean(1)
        error = [batches[cut:].var() / (40 - cut) for cut in range(21)]
        cut = int(np.argmin(error))
        assert mser5(each) == (None if cut == 20 else 5 * cut)


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.8])
def test_a_stationary_series_is_left_nearly_whole(memory: float) -> None:
    series = first_order_autoregression(memory, 2000)
    cuts = cuts_of(series)
    assert np.median(cuts) == 0
    assert np.quantile(cuts, 0.95) <= 60
    assert mean_after(series, cuts) == pytest.approx(series.mean(), abs=0.01)


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.8])
def test_a_decaying_start_is_cut_and_with_it_the_bias(memory: float) -> None:
    # The start adds 10 exp(-t/100), which lifts the mean of 2000 values by 0.5.
    settled = first_order_autoregression(memory, 2000)
    series = settled + 10 * np.exp(-np.arange(2000) / 100)
    cuts = cuts_of(series)
    assert np.quantile(cuts, 0.05) >= 100
    assert np.quantile(cuts, 0.95) <= 400
    assert series.mean() - settled.mean() == pytest.approx(0.5, abs=0.01)
    assert abs(mean_after(series, cuts) - settled.mean()) < 0.1


def test_a_queue_that_begins_long_is_cut_where_it_has_emptied() -> None:
    waits = waits_of_a_single_server(0.8, 30.0, 4000)
    cuts = cuts_of(waits)
    # 30 service times of work are gone after 150 arrivals at load 0.8.
    assert 75 <= np.median(cuts) <= 200
    assert waits.mean() > 4.25
    # Skewed series lose by it: a cut that ends in a long wait lowers the mean.
    assert 3.6 < mean_after(waits, cuts) < 4.1


def test_a_queue_that_begins_empty_is_mostly_left_whole() -> None:
    # Its start is short against 4000 waits: the mean is right without a cut.
    waits = waits_of_a_single_server(0.8, 0.0, 4000)
    cuts = cuts_of(waits)
    assert waits.mean() == pytest.approx(4.0, abs=0.2)
    assert np.median(cuts) == 0
    assert mean_after(waits, cuts) == pytest.approx(4.0, abs=0.4)


def test_a_series_that_does_not_settle_or_hardly_is_one_has_no_cut() -> None:
    assert mser5(np.linspace(100, 0, 500)) is None
    assert mser5(range(9)) is None


@pytest.fixture(scope="module")
def results() -> Results:
    text = scenario.read("tiny")
    return run(scenario.parse(text, "tiny"), scenario_toml=text, seed=1)


def test_the_beginning_ends_when_the_kind_that_settles_last_has(results: Results) -> None:
    # A message every 10 s and kind: doors' first 20 wait for their joining, meters' first 100.
    count = 500
    offered_us = np.arange(count) * 10_000_000
    scatter = np.random.default_rng(3).lognormal(0, 0.3, (2, count))
    scatter[0, :20] *= 50
    scatter[1, :100] *= 50
    scatter[1, 400] = 1e6  # One message that is very late for once.
    kinds = np.repeat(np.array(["door", "meter"], object), count)
    latencies = {
        "kind": np.append(kinds, "panic"),
        "offered_us": np.concatenate((offered_us, offered_us, [0])),
        "latency_us": np.append((scatter * 1e5).ravel(), 1e12).astype(np.int64),
    }
    made_up = replace(results, tables=results.tables | {"latencies": latencies})
    assert warm_up_us(made_up) == offered_us[100]


def test_too_few_messages_tell_nothing_of_a_beginning(results: Results) -> None:
    few = {name: column[:40] for name, column in results.tables["latencies"].items()}
    assert warm_up_us(replace(results, tables=results.tables | {"latencies": few})) is None


def test_what_began_in_the_warm_up_does_not_count(results: Results) -> None:
    latencies, devices = results.tables["latencies"], dict(results.tables["devices"])
    # Two messages of each device never arrived.
    devices["offered"] = devices["delivered"] + np.uint32(2)
    results = replace(results, tables=results.tables | {"devices": devices})
    whole, cut = figures(results), figures_after(results, US_PER_H)
    late = latencies["offered_us"] >= US_PER_H
    assert 0 < late.sum() < len(late)
    assert cut["delivery"] == late.sum() / (late.sum() + 2 * len(devices["device"]))
    meters, of_meters = devices["kind"] == "meter", latencies["kind"] == "meter"
    arrived = (late & of_meters).sum()
    assert cut["delivery.meter"] == arrived / (arrived + 2 * meters.sum())
    in_order = np.sort(latencies["latency_us"][late])
    assert cut["latency_p99_s"] == in_order[math.ceil(0.99 * len(in_order)) - 1] / 1e6
    for name in ("energy_j_day", "bytes_per_device_day.meter", "availability", "hub_use"):
        assert cut[name] == whole[name]
    air = results.tables["airtime_by_hour"]
    assert set(air["hour"]) == {0, 1}
    # Everybody joins in the first hour.
    assert cut["channel_use_max"] != whole["channel_use_max"]


def test_alarms_of_the_warm_up_do_not_count(results: Results) -> None:
    alarms = results.tables["alarms"]
    last_us = int(alarms["raised_us"].max())
    assert len(alarms["raised_us"]) > 1
    (last,) = np.flatnonzero(alarms["raised_us"] == last_us)
    took_s = (alarms["at_hub_us"][last] - last_us) / 1e6
    assert figures_after(results, last_us)["alarm_p50_s"] == took_s
    assert figures_after(results, last_us + 1)["alarm_p50_s"] is None


def test_without_warm_up_all_counts(results: Results) -> None:
    assert figures_after(results, 0) == figures(results)
