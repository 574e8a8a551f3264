"""Incidents by the study's three grades, and their clocks; a run with faults has the right ones."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from faulty_community import TINY, fault, table
from linli_hostsim import scenario
from linli_hostsim.results import Results
from linli_hostsim.risk.incidents import of_run
from linli_hostsim.run import run
from linli_hub.risk.grades import BACK, CAUSE, CLOCKS, ENDS, MENDED, RULES, TEAM, Grade
from linli_hub.risk.incidents import (
    Event,
    Incident,
    Span,
    Verdict,
    from_alarms,
    from_attacks,
    from_events,
    from_outages,
    verdicts,
)
from linli_protocol import codes, words
from linli_tools.cli import app

HOURS = 30.0
QUIET = TINY.replace('["lora", "wifi"]', '["lora"]').replace(
    "presses_per_user_month = 600.0",
    "presses_per_user_month = 0.0\nleak_share = 1.0\nleak_l_per_h = 30.0",
)
FAULTY = (
    QUIET
    + table("edge", mttr_h=5.0)
    + fault("attacks", at_h=0.2, minutes=20.0, bearer="rs485")
    + fault("jamming", at_h=1.0, minutes=30.0, power_dbm=50.0)
    + fault("alarm_floods", at_h=1.1, share=1.0, within_min=5.0)
    + fault("nodes", at_h=3.0)
    + fault("nodes", at_h=4.0, nodes="all")
)


@pytest.fixture(scope="module")
def faulty() -> Results:
    described = scenario.parse(FAULTY, "faulty")
    return run(described, scenario_toml=FAULTY, seed=1, hours=HOURS)


def test_the_faults_of_a_run_are_graded(faulty: Results) -> None:
    found = of_run(faulty)
    assert [(one.grade, one.what) for one in found] == [
        (Grade.LEAK, "attack refused"),
        (Grade.DOWN, "alarms late"),
        (Grade.DOWN, "no service"),
        (Grade.DOWN, "no service"),
        *[(Grade.ANNOYANCE, "leak")] * 5,
    ]
    attack, late, takeover, all_failed, *leaks = found
    assert set(verdicts(attack, HOURS).values()) == {Verdict.UNKNOWN}
    # The noise lasted from 1 h to 1.5 h, the presses from 1.1 h on.
    assert late.start_h is not None and 1.1 < late.start_h < 1.2
    assert late.stopped_h[BACK] == pytest.approx(1.5, abs=0.05)
    assert takeover.start_h == 3.0 and takeover.stopped_h[BACK] == pytest.approx(3 + 35 / 3600)
    assert verdicts(takeover, HOURS)[BACK] is Verdict.MET
    # The repair took more than five hours.
    assert all_failed.start_h == 4.0 and verdicts(all_failed, HOURS)[BACK] is Verdict.MISSED
    assert verdicts(all_failed, HOURS)[CAUSE] is Verdict.UNKNOWN
    for leak in leaks:
        assert leak.start_h is not None and leak.start_h > 24
        assert verdicts(leak, HOURS) == {MENDED: Verdict.RUNNING}
        assert verdicts(leak, leak.start_h + 72.1) == {MENDED: Verdict.MISSED}


def test_the_command_shows_indicators_and_incidents(faulty: Results, tmp_path: Path) -> None:
    faulty.write(tmp_path)
    shown = CliRunner().invoke(app, ["risk", str(tmp_path)], env={"COLUMNS": "100"}).output
    for text in ("longest_outage", "red", "II down", "core back, 2 h", "I: attack refused"):
        assert text in shown
    options = ["--set", "attacks.red=1e6", "--json"]
    found = json.loads(CliRunner().invoke(app, ["risk", str(tmp_path), *options]).output)
    levels = {one["name"]: one["level"] for one in found["indicators"]}
    assert levels["attacks"] == "amber" and levels["downtime"] == "red"
    assert found["incidents"][3]["clocks"] == {"core back": "missed", "root cause known": "unknown"}


def test_mistakes_of_the_command_are_told(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["risk", str(tmp_path / "none")]).exit_code == 2
    wrong = CliRunner().invoke(app, ["risk", str(tmp_path), "--set", "x.red=1"])
    assert wrong.exit_code == 2 and "NAME.amber" in wrong.output
    no_run = CliRunner().invoke(app, ["risk", str(tmp_path)])
    assert no_run.exit_code == 1 and "no such file" in str(no_run.exception)


def test_the_clocks_are_the_study_s() -> None:
    assert CLOCKS == {
        Grade.LEAK: {TEAM: 1, MENDED: 24},
        Grade.DOWN: {BACK: 2, CAUSE: 48},
        Grade.ANNOYANCE: {MENDED: 72},
    }


def test_an_incident_ends_with_its_own_end_on_its_own_device() -> None:
    events = [
        Event(1.0, 7, codes.FORCED),
        Event(1.5, 8, codes.SECURED),
        Event(2.0, 7, codes.HELD_OPEN),
        Event(2.5, 7, codes.BATTERY_LOW),
        Event(3.0, 7, codes.SECURED),
    ]
    forced, held, battery = from_events(events)
    assert (forced.grade, forced.start_h, forced.stopped_h) == (Grade.LEAK, 1.0, {MENDED: 3.0})
    assert (held.grade, held.start_h, held.stopped_h) == (Grade.ANNOYANCE, 2.0, {MENDED: 3.0})
    assert battery.stopped_h == {MENDED: None}


def test_what_comes_again_before_its_end_is_one_incident() -> None:
    twice = [Event(1.0, 7, codes.BURST), Event(2.0, 7, codes.BURST)]
    ended = [*twice, Event(3.0, 7, codes.BURST_ENDED)]
    again = [*ended, Event(4.0, 7, codes.BURST), Event(4.0, 8, codes.BURST)]
    assert [one.start_h for one in from_events(twice)] == [1.0]
    assert [one.stopped_h for one in from_events(ended)] == [{MENDED: 3.0}]
    assert [one.start_h for one in from_events(again)] == [1.0, 4.0, 4.0]


def test_everyday_events_are_no_incidents() -> None:
    everyday = (codes.GRANTED, codes.LIST_UPDATED, codes.DENIED_UNKNOWN, codes.TEST_PRESSED)
    assert not from_events(Event(1.0, 7, code) for code in everyday)


def test_the_end_of_duress_is_for_people_to_tell() -> None:
    (duress,) = from_events([Event(1.0, 7, codes.DURESS)])
    assert duress.grade is Grade.LEAK
    assert set(verdicts(duress, 100.0).values()) == {Verdict.UNKNOWN}
    told = Incident(Grade.LEAK, "duress", 7, 1.0, {TEAM: 1.4, MENDED: 26.0})
    assert verdicts(told, 100.0) == {TEAM: Verdict.MET, MENDED: Verdict.MISSED}


def test_a_clock_runs_until_its_limit() -> None:
    (down,) = from_outages([(10.0, None)])
    assert verdicts(down, 12.0)[BACK] is Verdict.RUNNING
    assert verdicts(down, 12.1)[BACK] is Verdict.MISSED
    (back,) = from_outages([(10.0, 12.0)])
    assert verdicts(back, 100.0)[BACK] is Verdict.MET


def test_late_alarms_that_overlap_are_one_incident() -> None:
    second = 1 / 3600
    alarms: list[Span] = [
        (1.0, 1.0 + 9 * second),
        (2.0, 2.5),
        (2.4, 2.6),
        (2.7, 2.8),
        (5.0, None),
        (6.0, 6.5),
        (9.999, None),
    ]
    found = from_alarms(alarms, [], 10.0)
    spans = [(one.start_h, one.stopped_h[BACK]) for one in found]
    assert spans == [(2.0, 2.6), (2.7, 2.8), (5.0, None)]


def test_alarms_that_an_outage_kept_waiting_belong_to_it() -> None:
    outages: list[Span] = [(2.0, 3.0), (8.0, None)]
    alarms: list[Span] = [(1.99, 3.2), (2.5, 3.1), (3.5, 4.0), (8.5, None)]
    found = from_alarms(alarms, outages, 10.0)
    assert [one.start_h for one in found] == [3.5]


def test_a_few_refused_packets_are_no_attack() -> None:
    assert not from_attacks(59)
    assert [one.grade for one in from_attacks(60)] == [Grade.LEAK]


CODES = st.sampled_from(sorted(words.EVENTS))


@given(st.lists(st.tuples(st.integers(0, 2), CODES), max_size=40))
def test_no_incident_is_lost_or_ends_before_it_begins(rows: list[tuple[int, int]]) -> None:
    events = [Event(float(time), device, code) for time, (device, code) in enumerate(rows)]
    found = from_events(events)
    begun = {(event.device, words.EVENTS[event.code]) for event in events if event.code in RULES}
    assert {(one.device, one.what) for one in found} == begun
    for one in found:
        assert one.start_h is not None
        assert all(end is None or end > one.start_h for end in one.stopped_h.values())
        assert one.stopped_h.keys() <= {ENDS[one.grade]}
