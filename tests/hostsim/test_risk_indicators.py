"""The twelve indicators: by hand, by the tables of a run, and how they move with what is seen."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import made_up_run
from linli_hostsim.recorder import Recorder, Stage, UpdateStage
from linli_hostsim.results import Results
from linli_hostsim.risk.observed import of_run
from linli_hostsim.tables import columns
from linli_hub.risk.indicators import (
    INDICATORS,
    Level,
    Reading,
    ThresholdError,
    read,
    with_thresholds,
)
from linli_hub.risk.observed import Observed
from linli_protocol import codes, messages

HOUR_US = 3_600_000_000
CALM = Observed(
    hours=24.0,
    devices=1000,
    alarms=200,
    missing=0,
    arrivals_s=[0.5] * 200,
    answers_s=[20.0] * 200,
    outages_s=[],
    offered=10_000,
    lost=0,
    retries=0,
    silent=0,
    cells=500,
    cells_low=0,
    attacks=0,
    intrusions=0,
    patches_due=100,
    patches_overdue=0,
)


def values(seen: Observed) -> dict[str, float | None]:
    return {one.indicator.name: one.value for one in read(seen)}


def levels(seen: Observed) -> dict[str, Level]:
    return {one.indicator.name: one.level for one in read(seen)}


def test_there_are_twelve_and_all_are_green_in_a_calm_community() -> None:
    assert len({one.name for one in INDICATORS}) == 12
    assert set(levels(CALM).values()) == {Level.GREEN}


def test_values_by_hand() -> None:
    seen = replace(
        CALM,
        missing=1,
        arrivals_s=[1.0] * 197 + [5.0, 30.0, 40.0],
        answers_s=[30.0] * 189 + [600.0] * 11,
        outages_s=[36.0, 1800.0],
        lost=50,
        retries=2500,
        silent=30,
        cells_low=5,
        attacks=48,
        intrusions=3,
        patches_overdue=10,
    )
    assert values(seen) == pytest.approx(
        {
            "alarms_missing": 1 / 200,
            # 198 of 200 take no longer.
            "alarm_delay": 5.0,
            "answer_delay": 10.0,
            "downtime": 1836 / 86_400,
            "longest_outage": 30.0,
            "messages_lost": 0.005,
            "retries": 0.25,
            "devices_silent": 0.03,
            "cells_low": 0.01,
            "patches_overdue": 0.1,
            "attacks": 2.0,
            "intrusions": 3.0,
        }
    )
    found = levels(seen)
    assert {name for name, level in found.items() if level is Level.RED} == {
        "alarms_missing",
        "downtime",
        "longest_outage",
        "patches_overdue",
    }
    assert Level.GREEN not in found.values()


def test_what_there_is_nothing_of_is_unknown() -> None:
    empty = replace(
        CALM, devices=0, alarms=0, arrivals_s=[], answers_s=[], offered=0, cells=0, patches_due=0
    )
    unknown = {name for name, level in levels(empty).items() if level is Level.UNKNOWN}
    assert unknown == {
        "alarms_missing",
        "alarm_delay",
        "answer_delay",
        "messages_lost",
        "retries",
        "devices_silent",
        "cells_low",
        "patches_overdue",
        "intrusions",
    }


COUNTS = ("missing", "lost", "retries", "silent", "cells_low", "attacks", "intrusions")


@given(st.sampled_from((*COUNTS, "patches_overdue")), st.integers(0, 100), st.integers(1, 100))
def test_more_trouble_never_lowers_an_indicator(name: str, count: int, more: int) -> None:
    before, after = (values(replace(CALM, **{name: count + each})) for each in (0, more))  # type: ignore[arg-type]
    risen = [key for key, value in after.items() if value != before[key]]
    assert len(risen) == 1
    assert after[risen[0]] > before[risen[0]]  # type: ignore[operator]


@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=50), st.floats(0, 1e5))
def test_one_more_slow_alarm_never_lowers_the_delay(delays_s: list[float], slow_s: float) -> None:
    slowest = max(*delays_s, slow_s)
    before, after = (
        values(replace(CALM, arrivals_s=each))["alarm_delay"]
        for each in (delays_s, [*delays_s, slowest])
    )
    assert before is not None and after is not None and before <= after <= slowest


@given(st.floats(0, 1e4))
def test_levels_rise_with_the_value(value: float) -> None:
    order = [Level.GREEN, Level.AMBER, Level.RED]
    for one in INDICATORS:
        assert order.index(one.level(value)) <= order.index(one.level(value + 1))
        assert one.level(one.amber) is Level.GREEN
        assert one.level(one.red) is Level.AMBER
        assert one.level(one.red + 1e-9) is Level.RED


def test_thresholds_can_be_set() -> None:
    changed = with_thresholds({"alarm_delay.red": 5.0, "retries.amber": 0.05})
    (delay,) = (one for one in changed if one.name == "alarm_delay")
    assert (delay.amber, delay.red) == (2.0, 5.0)
    assert Reading(delay, 6.0).level is Level.RED
    with pytest.raises(ThresholdError, match=r"alarm_delay\.green: should be NAME\.amber"):
        with_thresholds({"alarm_delay.green": 1})
    with pytest.raises(ThresholdError, match="alarm_delay: red, 1, is below amber, 2"):
        with_thresholds({"alarm_delay.red": 1})


def alarmed() -> Recorder:
    """Four presses in a day: one arrived and answered, one late, one young, one lost."""
    made = Recorder()
    for device, kind in ((1, codes.PANIC), (2, codes.METER), (3, codes.METER), (4, codes.DOOR)):
        made.register(device, kind)
    stages = (Stage.RAISED, Stage.AT_HUB, Stage.HELP_COMING)
    times_s = ((100, 101, 130), (200, 260, None), (86_395, None, None), (80_000, None, None))
    for incident, reached_s in enumerate(times_s, start=1):
        for stage, time_s in zip(stages, reached_s, strict=True):
            if time_s is not None:
                made.alarm(1, incident, stage, time_s * 1_000_000)
    return made


def test_alarms_that_did_not_arrive_count_with_their_age() -> None:
    seen = of_run(made_up_run.results(made=alarmed()))
    assert seen.alarms == 4
    # The youngest has had 5 s.
    assert seen.missing == 1
    assert sorted(seen.arrivals_s) == [1.0, 5.0, 60.0, 6400.0]
    assert sorted(seen.answers_s) == [5.0, 30.0, 6400.0, 86_200.0]


def test_devices_cells_and_messages_are_counted() -> None:
    made = alarmed()
    made.offered(2, messages.READINGS, 0, 0)
    made.given_up(2, messages.READINGS, 0)
    made.offered(3, messages.READINGS, 0, 0)
    made.delivered(3, messages.READINGS, 0, 1000)
    made.totals(2, 7, 1, 2, 0, 0, 10.0, 0.9)
    made.totals(1, 0, 0, 0, 0, 0, 10.0, 5.0)
    made.totals(3, 0, 0, 0, 0, 0, 10.0, 1.1)
    seen = of_run(made_up_run.results(made=made))
    assert (seen.offered, seen.lost, seen.retries) == (2, 4, 7)
    assert (seen.devices, seen.silent, seen.cells, seen.cells_low) == (4, 1, 3, 1)


def test_only_what_an_attacker_sends_counts_as_attack() -> None:
    made = alarmed()
    made.hub_refusals.update(
        {"forged or damaged": 5, "truncated": 3, "replayed, or older than the replay window": 2}
    )
    for time_h, device, code in (
        (1, 4, codes.FORCED),
        (2, 4, codes.SECURED),
        (3, 4, codes.DURESS),
        (4, 2, codes.LEAK),
    ):
        made.event(device, code, time_h * HOUR_US)
    seen = of_run(made_up_run.results(made=made))
    assert (seen.attacks, seen.intrusions) == (7, 2)


def test_a_patch_is_overdue_after_72_hours() -> None:
    made = alarmed()
    for device in (1, 2, 3, 4):
        made.campaign(device, (4 if device == 4 else 1) * HOUR_US)
    made.update(1, UpdateStage.RUNNING, 3 * HOUR_US)
    results = made_up_run.results(made=made)
    assert (of_run(results).patches_due, of_run(results).patches_overdue) == (0, 0)
    at_75_h = replace(results, meta=replace(results.meta, duration_s=75 * 3600))
    assert (of_run(at_75_h).patches_due, of_run(at_75_h).patches_overdue) == (3, 2)


def test_an_outage_that_is_not_over_counts_until_now() -> None:
    rows = [(HOUR_US, 2 * HOUR_US, "takeover", 1, 0), (23 * HOUR_US, None, "common cause", None, 0)]
    results = made_up_run.results()
    with_outages = Results(
        results.meta,
        {**results.tables, "interruptions": columns("interruptions", rows)},
        results.wall_s,
    )
    assert of_run(with_outages).outages_s == [3600.0, 3600.0]
