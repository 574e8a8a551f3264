"""What stands for each of the study's promises: small worlds whose answers are known."""

import math

import pytest

from faulty_community import TINY, Observed, fault
from linli_hostsim.scenario import ScenarioError, parse
from linli_hostsim.study import (
    Inputs,
    aggregation,
    device_faults,
    evening_peak,
    outage,
    redundancy,
    water_loss,
)
from linli_hostsim.study.promise import Promise
from linli_hostsim.validation.closed_forms import unavailability

QUICK = Inputs(quick=True)
DRY_MONTH = [0] * 30 * 24


def figures(promise: Promise, seed: int = 1, **changes: float) -> dict[str, float]:
    return dict(promise.replicate({**promise.values, **changes}, seed, QUICK))


def test_all_nodes_are_out_for_as_long_as_the_scenario_says() -> None:
    text = TINY + fault("nodes", at_h=0.5, nodes="all", minutes=15.0)
    (interruption,) = Observed(text).live(1).finish().community.cluster.interruptions
    assert interruption.end_us is not None
    # The repaired nodes take over in 5 s.
    assert interruption.end_us - interruption.start_us == (15 * 60 + 5) * 1_000_000


def test_a_single_node_is_repaired_by_crews_only() -> None:
    with pytest.raises(ScenarioError, match='minutes needs nodes = "all"'):
        parse(TINY + fault("nodes", at_h=0.5, minutes=15.0), "test")


@pytest.mark.parametrize("seed", [1, 2])
def test_twelve_hours_without_the_edge_lose_nothing_but_the_alarms_time(seed: int) -> None:
    cut_off = figures(outage.PROMISE, seed, edge_survives=0)
    assert (cut_off["decisions"], cut_off["arrived"]) == (1.0, 1.0)
    # A button whose alarm nobody hears is no security function.
    assert cut_off["alarms"] < 0.1
    served = figures(outage.PROMISE, seed)
    assert (served["decisions"], served["arrived"], served["alarms"]) == (1.0, 1.0, 1.0)
    # What was kept comes in a burst.
    assert cut_off["burst_per_s"] > 10 * served["burst_per_s"]


def test_availability_is_that_of_the_closed_form() -> None:
    values = redundancy.PROMISE.values | {"common_cause": 0.1, "mtbf_h": 1000.0}
    ours = [redundancy.PROMISE.replicate(values, seed, QUICK)["availability"] for seed in (1, 2, 3)]
    down = unavailability(4, 1000.0, 24.0, 35.0, 0.1, 1)
    assert 1 - sum(ours) / 3 == pytest.approx(down, rel=0.2)


def test_without_common_causes_every_interruption_is_a_takeover() -> None:
    found = figures(redundancy.PROMISE, common_cause=0.0)
    assert found["recovered_min"] == pytest.approx(35 / 60)
    assert found["within_15_min"] == 1.0


def test_a_leak_is_told_of_after_a_day_of_flow() -> None:
    assert list(water_loss.alarm_hours(DRY_MONTH, 5.0, 24, 1000)) == [48]


def test_a_leak_of_less_than_a_pulse_an_hour_is_not_told_of() -> None:
    assert list(water_loss.alarm_hours(DRY_MONTH, 0.9, 24, 1000)) == []
    assert list(water_loss.alarm_hours(DRY_MONTH, 0.9, 24, 100)) == [48]


def test_a_leak_counts_the_hours_with_flow_before_it() -> None:
    evening = [0] * 20 + [10_000] * 4 + [0] * 696
    assert list(water_loss.alarm_hours(evening, 5.0, 24, 1000)) == [44]


def test_what_leaks_in_mains_no_household_meter_saves() -> None:
    assert figures(water_loss.PROMISE, behind_meter=0.0)["loss_after"] == pytest.approx(0.12)


def test_leaks_that_nobody_mends_go_on() -> None:
    found = figures(water_loss.PROMISE, mended_share=0.0)
    assert found["loss_after"] == pytest.approx(0.12)
    assert found["left"] == 1.0


def test_a_lower_current_asleep_lengthens_a_cell_s_life_as_the_budget_says() -> None:
    # A cell of 2.4 Ah that lasts 3.5 years gives 55 µA besides self-discharge; 31 µA less.
    assert aggregation._with_sleep(3.5, 53) == pytest.approx(3.5)
    cell_uah = 2_400_000 * 0.85
    drawn_ua = cell_uah / (3.5 * 8766) - 2_400_000 * 0.01 / 8766
    expected = cell_uah / 8766 / (drawn_ua - 31 + 2_400_000 * 0.01 / 8766)
    assert aggregation._with_sleep(3.5, 22) == pytest.approx(expected)


def test_gathering_saves_more_of_a_cell_that_sends_little_else() -> None:
    usual = figures(aggregation.PROMISE)
    assert usual["bytes_saved"] > 0.8
    assert figures(aggregation.PROMISE, sleep_ua=22)["life_gained"] > usual["life_gained"]


def test_silence_is_a_fault_once_it_has_lasted() -> None:
    assert device_faults._silent_at_h([10.0, 34.0, 58.0], 25.0, 70.0) == math.inf
    assert device_faults._silent_at_h([10.0, 34.0], 25.0, 70.0) == 59.0


def test_a_fault_at_night_waits_for_the_morning() -> None:
    assert device_faults._on_duty_h(33.0, 10.0) == 33.0
    assert device_faults._on_duty_h(35.0, 10.0) == 48.0
    assert device_faults._on_duty_h(35.0, 24.0) == 35.0


def test_silent_devices_and_low_cells_are_known_and_sound_ones_are_let_be() -> None:
    found = figures(device_faults.PROMISE)
    assert (found["silent_told"], found["low_told"], found["false_share"]) == (1.0, 1.0, 0.0)
    mute = figures(device_faults.PROMISE, mute_parts=1e9, meters_share=0.25)
    assert mute["recognised"] == pytest.approx(0.25)


def test_parcels_on_ways_of_their_own_move_the_peak_into_the_evening() -> None:
    none = figures(evening_peak.PROMISE, parcels_per_day=0.0)
    many = figures(evening_peak.PROMISE, parcels_per_day=4.0, own_way_share=1.0)
    assert none["peak_begins"] == 17
    assert none["lead"] < 1
    assert many["peak_begins"] == 19
    assert many["lead"] > 1
