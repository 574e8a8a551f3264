"""What residents do: rates by hour, totals, and one pending event for each source."""

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import TypeVar

import pytest
from simpy import Environment

from linli_hostsim.clockwork import US_PER_H, now_us
from linli_hostsim.people.alarms import presses
from linli_hostsim.people.doors import CardHolders, Passage, passages
from linli_hostsim.people.timeline import arrivals, play, since_monday_us, week_per_h
from linli_hostsim.people.water import Draw, draws, leak

MONDAY = datetime(2025, 3, 3)
DAY_US = 24 * US_PER_H
T = TypeVar("T")


def until(timeline: Iterator[tuple[int, T]], end_us: int) -> list[tuple[int, T]]:
    return list(itertools.takewhile(lambda timed: timed[0] < end_us, timeline))


def test_arrivals_follow_the_rate_of_each_hour() -> None:
    rates = [float(hour % 5) for hour in range(168)]
    counted: Counter[int] = Counter()
    weeks = 400
    for time_us, hour in until(arrivals(random.Random(1), MONDAY, rates), weeks * 7 * DAY_US):
        assert time_us // US_PER_H % 168 == hour
        counted[hour] += 1
    for hour, rate in enumerate(rates):
        assert abs(counted[hour] - weeks * rate) <= 4.5 * (weeks * rate) ** 0.5, hour


def test_the_week_begins_where_the_run_starts() -> None:
    saturday_noon = datetime(2025, 3, 8, 12, 30)
    assert since_monday_us(saturday_noon) == (5 * 24 + 12) * US_PER_H + US_PER_H // 2
    rates = [0.0] * 168
    rates[5 * 24 + 14] = 1000.0
    time_us, hour = next(arrivals(random.Random(1), saturday_noon, rates))
    assert 1.5 <= time_us / US_PER_H < 1.6
    assert hour == 5 * 24 + 14


def test_no_rate_no_arrivals() -> None:
    assert list(arrivals(random.Random(1), MONDAY, [0.0] * 168)) == []


def test_profiles_are_scaled_to_daily_totals() -> None:
    rates = week_per_h([1] * 24, [0] * 23 + [5], 48, 7)
    assert rates[:120] == [2.0] * 120
    assert rates[120:144] == [0.0] * 23 + [7.0]


def test_a_timeline_has_one_pending_event() -> None:
    env = Environment()
    seen: list[tuple[int, str]] = []
    play(env, iter([(5, "a"), (5, "b"), (9, "c")]), lambda what: seen.append((now_us(env), what)))
    assert len(env._queue) == 1
    env.run()
    assert seen == [(5, "a"), (5, "b"), (9, "c")]


def test_as_many_leave_as_enter_and_strangers_come_at_their_share() -> None:
    source = random.Random(2)
    holders = CardHolders(source, credentials=50, unknown_share=0.1)
    seen = until(passages(source, MONDAY, 100.0, holders), 70 * DAY_US)
    entries = [passage for _, passage in seen if passage.entering]
    assert len(entries) == pytest.approx(7000, abs=4 * 7000**0.5)
    assert len(seen) - len(entries) == pytest.approx(7000, abs=4 * 7000**0.5)
    strangers = [passage for passage in entries if passage.credential is None]
    assert len(strangers) == pytest.approx(700, abs=4 * 700**0.5)
    assert {passage.credential for passage in entries} == {None, *range(50)}
    assert all(passage == Passage(False, None) for _, passage in seen if not passage.entering)


def test_households_draw_the_volume_expected_of_them_and_sleep_at_night() -> None:
    days = 2000
    seen = until(draws(random.Random(3), MONDAY, 300.0), days * DAY_US)
    assert sum(draw.volume_ml for _, draw in seen) / 1000 == pytest.approx(300 * days, rel=0.02)
    night_hours = {
        (time_us // DAY_US, hour)
        for time_us, _ in seen
        if 2 <= (hour := time_us % DAY_US // US_PER_H) < 5
    }
    # A household without leak has hours without flow nearly every night.
    assert len(night_hours) < 0.8 * 3 * days


def test_a_leak_runs_evenly() -> None:
    seen = until(leak(4.0), DAY_US)
    assert len(seen) == 96
    assert seen[1] == (US_PER_H // 4, Draw(1000, US_PER_H // 4))


def test_presses_come_at_the_rate_of_a_month() -> None:
    seen = until(presses(random.Random(4), MONDAY, 30.0), 3652 * DAY_US)
    assert len(seen) == pytest.approx(3600, abs=4 * 60)
