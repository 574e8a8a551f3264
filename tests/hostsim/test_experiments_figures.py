"""The figures a run is judged by: of made-up runs whose figures are known, and of a real one."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from linli_hostsim import scenario
from linli_hostsim.cohort.account import Account
from linli_hostsim.cohort.histogram import Histogram
from linli_hostsim.experiments.figures import FIGURES, figure_of, figures
from linli_hostsim.experiments.trial import Trial, perform
from linli_hostsim.packet import Direction, Fate
from linli_hostsim.recorder import Recorder, Stage
from linli_hostsim.results import Results
from linli_hostsim.tracker import Tally
from linli_protocol import codes, messages

TINY = scenario.read("tiny")
PAGE = Path(__file__).parents[2] / "docs/EXPERIMENTS.md"
S_US = 1_000_000
HOUR_US = 3600 * S_US


def judged(
    recorder: Recorder,
    hours: float = 24,
    settled: Mapping[tuple[str, Direction, Fate], Tally] | None = None,
) -> dict[str, float | None]:
    """Return the figures of a made-up run of tiny, which has two gateways."""
    recorder.register(99, codes.DOOR)
    return figures(
        Results.from_run(
            recorder,
            settled or {},
            scenario="tiny",
            scenario_toml=TINY,
            seed=1,
            duration_s=round(hours * 3600),
            events=1,
            inputs={},
            wall_s=1.0,
        )
    )


def alarms(latencies_s: range, lost_at_us: int | None = None) -> Recorder:
    recorder = Recorder()
    recorder.register(1, codes.PANIC)
    for incident, latency_s in enumerate(latencies_s):
        recorder.alarm(1, incident, Stage.RAISED, HOUR_US)
        recorder.alarm(1, incident, Stage.AT_HUB, HOUR_US + latency_s * S_US)
        recorder.alarm(1, incident, Stage.ACKNOWLEDGED, HOUR_US + 2 * latency_s * S_US)
    if lost_at_us is not None:
        recorder.alarm(1, len(latencies_s), Stage.RAISED, lost_at_us)
    return recorder


def test_of_a_thousand_alarms_one_is_later_than_the_p999() -> None:
    found = judged(alarms(range(1, 1001)))
    assert (found["alarm_p50_s"], found["alarm_p99_s"], found["alarm_p999_s"]) == (500, 990, 999)
    assert found["alarm_ack_p99_s"] == 1980
    assert found["alarm_delivery"] == 1


def test_an_alarm_that_never_arrived_counts_with_its_age() -> None:
    found = judged(alarms(range(1, 51), lost_at_us=20 * HOUR_US))
    assert found["alarm_p99_s"] == 4 * 3600
    assert found["alarm_ack_p99_s"] == 4 * 3600
    assert found["alarm_delivery"] == pytest.approx(50 / 51)


def test_a_run_without_alarms_says_nothing_about_them() -> None:
    found = judged(Recorder())
    assert found["alarm_p50_s"] is found["alarm_ack_p99_s"] is found["alarm_delivery"] is None


def test_what_is_under_way_or_given_up_is_not_delivered() -> None:
    recorder = Recorder()
    recorder.register(1, codes.METER)
    for identity in range(10):
        recorder.offered(1, messages.READINGS, identity, 0)
        if identity < 8:
            recorder.delivered(1, messages.READINGS, identity, (identity + 1) * S_US)
    recorder.given_up(1, messages.READINGS, 9)
    recorder.totals(1, 5, 0, 0, 0, 0, 0.0, None)
    found = judged(recorder)
    assert found["delivery"] == found["delivery.meter"] == 0.8
    assert found["latency_p99_s.meter"] == 8
    assert found["retransmissions"] == 0.5
    assert found["delivery.door"] is None


def test_the_messages_of_a_cohort_count_too() -> None:
    delivery = Histogram()
    delivery.add(np.full(3, 10 * S_US))
    recorder = Recorder()
    recorder.cohorts.append(
        Account(
            kind=codes.METER,
            message=messages.READINGS,
            device=np.array([5, 6]),
            offered=np.array([2, 2], np.int32),
            delivered=np.array([2, 1], np.int32),
            retransmissions=np.array([0, 0], np.int32),
            bytes_on_air=np.array([100, 300]),
            energy_j=np.array([1.0, 3.0]),
            battery_years=np.array([4.0, 8.0]),
            delivery=delivery,
        )
    )
    found = judged(recorder, hours=12)
    assert found["delivery.meter"] == 0.75
    assert found["latency_p99_s.meter"] == pytest.approx(10, rel=0.2)
    assert found["energy_j_day.meter"] == 4
    assert found["bytes_per_device_day.meter"] == 400


def test_nine_in_ten_cells_last_longer_than_the_battery_figure() -> None:
    recorder = Recorder()
    for device in range(1, 21):
        recorder.register(device, codes.METER)
        recorder.totals(device, 0, 0, 0, 0, 0, 2.0, float(device))
    found = judged(recorder)
    assert found["battery_years"] == found["battery_years.meter"] == 2
    assert found["battery_years_min"] == 1
    # The door on the mains counts in neither.
    assert found["energy_j_day"] == 2
    assert found["battery_years.door"] is None


def test_an_outage_that_has_not_ended_lasts_to_the_end() -> None:
    recorder = Recorder()
    recorder.interruptions += [
        (0, HOUR_US, "takeover", 1, 0),
        (23 * HOUR_US, None, "all nodes failed", None, 0),
    ]
    assert judged(recorder)["availability"] == pytest.approx(22 / 24)


def test_the_busiest_hour_of_the_busiest_channel_counts_even_when_it_is_short() -> None:
    recorder = Recorder()
    for channel, hour, airtime_s in ((1, 0, 900), (2, 0, 600), (2, 1, 720)):
        recorder.transmitted(
            "lora", channel, False, 30, airtime_s * S_US, hour * HOUR_US, device=99
        )
    assert judged(recorder)["channel_use_max"] == 0.25
    assert judged(recorder_of(recorder), hours=1.5)["channel_use_max"] == 0.4


def recorder_of(other: Recorder) -> Recorder:
    """Return a recorder with the air time of another."""
    recorder = Recorder()
    recorder.air = other.air
    return recorder


def test_a_gateways_duty_is_the_mean_over_gateways_and_channels() -> None:
    recorder = Recorder()
    for channel, downlink in ((1, True), (2, True), (2, False)):
        recorder.transmitted("lora", channel, downlink, 30, 36 * S_US, 0, device=99)
    assert judged(recorder)["duty_max"] == pytest.approx(0.01)


def test_the_hub_is_busy_with_the_uplinks_that_reached_it() -> None:
    settled = {
        ("lora", Direction.UP, Fate.DELIVERED): Tally(3_600_000, 0, 0),
        ("lora", Direction.UP, Fate.COLLIDED): Tally(9, 0, 0),
        ("lora", Direction.DOWN, Fate.DELIVERED): Tally(9, 0, 0),
    }
    # Tiny's hub takes 1 ms a packet.
    assert judged(Recorder(), 2, settled)["hub_use"] == pytest.approx(0.5)


def test_a_real_run_has_every_figure_and_no_other() -> None:
    found = perform(Trial(TINY, {}, seed=1, hours=2))
    assert {name.partition(".")[0] for name in found} == set(FIGURES)
    assert all(figure_of(name) for name in found)
    assert found["alarm_delivery"] == found["availability"] == 1
    assert found["delivery"] == 1


@pytest.mark.parametrize("name", ["speed", "availability.meter", "delivery.lamp", "delivery."])
def test_there_is_no_figure_of_another_name(name: str) -> None:
    with pytest.raises(KeyError):
        figure_of(name)


def test_the_page_tells_every_figure_with_its_unit_and_better_direction() -> None:
    rows = re.findall(r"^\| (\w+) \| (\S+) \| (less|more) \|", PAGE.read_text("utf-8"), re.M)
    assert rows == [(one.name, one.unit, one.better) for one in FIGURES.values()]
