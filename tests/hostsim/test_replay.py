"""Replaying real series: exact totals, dirty rows named, other files refused in one sentence."""

import gzip
import itertools
import random
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli_hostsim.clockwork import US_PER_H
from linli_hostsim.people.doors import CardHolders
from linli_hostsim.replay.csv_rows import Flaw, ReplayError
from linli_hostsim.replay.doors import DoorReplay
from linli_hostsim.replay.water import WaterReplay
from shared_data import require

HEADER = "household,local_time,register_l,litres_in_hour\n"
START = datetime(2016, 3, 1)
DAY_US = 24 * US_PER_H


def water_file(folder: Path, rows: str) -> Path:
    path = folder / "water.csv"
    path.write_text(HEADER + rows)
    return path


def test_a_clean_series_is_drawn_to_the_last_millilitre(tmp_path: Path) -> None:
    litres = [0, 2.5, 0, 37, 0.1, 181, 0]
    rows = "".join(
        f"h,{START + timedelta(hours=hour + 1)},0,{used}\n" for hour, used in enumerate(litres)
    )
    replay = WaterReplay.load(water_file(tmp_path, rows))
    assert (replay.households, replay.rejected, replay.irregular) == (["h"], {}, {})
    assert replay.span == (START, START + timedelta(hours=7))
    by_hour: Counter[int] = Counter()
    times = []
    for time_us, draw in replay.draws("h", START, random.Random(1)):
        times.append(time_us)
        by_hour[time_us // US_PER_H] += draw.volume_ml
        assert time_us // US_PER_H == (time_us + draw.duration_us - 1) // US_PER_H
    assert times == sorted(times)
    assert [by_hour[hour] / 1000 for hour in range(7)] == litres


def test_what_never_stops_flows_steadily(tmp_path: Path) -> None:
    rows = "".join(
        f"h,{START + timedelta(hours=hour + 1)},0,{2 + hour % 3 * 20}\n" for hour in range(48)
    )
    replay = WaterReplay.load(water_file(tmp_path, rows))
    steady = [
        time_us
        for time_us, draw in replay.draws("h", START, random.Random(1))
        if (draw.volume_ml, draw.duration_us) == (2000, US_PER_H)
    ]
    assert steady == [hour * US_PER_H for hour in range(48)]


def test_a_replay_may_start_inside_an_interval(tmp_path: Path) -> None:
    replay = WaterReplay.load(water_file(tmp_path, "h,2016-03-01 01:00:00,0,2\n"))
    ((time_us, draw),) = replay.draws("h", START + timedelta(minutes=15), random.Random(1))
    assert (time_us, draw.volume_ml, draw.duration_us) == (0, 1500, US_PER_H * 3 // 4)


def test_dirty_rows_are_counted_and_named(tmp_path: Path) -> None:
    replay = WaterReplay.load(
        water_file(
            tmp_path,
            "h,2016-03-01 01:00:00,0,2\n"
            "h,2016-03-01 02:00:00,0,-1\n"
            "h,2016-03-01 03:00:00,0,3\n"
            "h,2016-03-01 04:10:00,0,4\n"
            "h,2016-03-01 09:00:00,0,5\n"
            "h,2016-03-01 08:00:00,0,6\n"
            "h,yesterday,0,7\n"
            "h,2016-03-01 10:00:00,0,nan\n"
            "h,2016-03-01 10:00:00\n",
        )
    )
    assert replay.volume_ml("h") == 14_000
    lines = {flaw: finding.first_lines for flaw, finding in replay.rejected.items()}
    assert lines == {Flaw.NEGATIVE: [3], Flaw.OUT_OF_ORDER: [7], Flaw.UNPARSABLE: [8, 9, 10]}
    assert replay.rejected[Flaw.UNPARSABLE].rows == 3
    assert {flaw: finding.first_lines for flaw, finding in replay.irregular.items()} == {
        Flaw.LATE: [5],
        Flaw.GAP: [6],
    }


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["h1", "h2", ""]),
            st.sampled_from(
                ["0001-01-01", "2016-03-01 01:00", "2016-03-02T00:00:00+01:00", "9999-12-31", "x"]
            )
            | st.datetimes().map(str),
            st.sampled_from(["0", "-1", "3", "1e308", "inf", "", "0x1"]),
        )
    )
)
def test_no_row_however_odd_is_fatal(tmp_path: Path, odd: list[tuple[str, str, str]]) -> None:
    good = "h1,2016-03-01 00:30:00,0,1\n"
    rows = "".join(f"{name},{time},0,{litres}\n" for name, time, litres in odd)
    replay = WaterReplay.load(water_file(tmp_path, good + rows))
    rejected = sum(finding.rows for finding in replay.rejected.values())
    used = len(odd) + 1 - rejected
    assert used >= 1
    assert replay.volume_ml("h1") <= 3000 * used


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.csv", b"", "line 1: expected columns household,"),
        ("a.csv", b"name,age\nx,3\n", "line 1: expected columns .*, found name,age"),
        ("a.csv", HEADER.encode() + b"h,never,1,2\n", "no usable row"),
        ("a.csv", b"\xff\xfe\x00", "after line 0: 'utf-8' codec"),
        ("a.csv.gz", HEADER.encode(), "after line 0: Not a gzipped file"),
        ("a.csv.gz", gzip.compress(HEADER.encode() * 99, mtime=0)[:-9], "end-of-stream marker"),
    ],
)
def test_another_kind_of_file_is_refused(
    tmp_path: Path, name: str, content: bytes, complaint: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ReplayError, match=complaint) as raised:
        WaterReplay.load(path)
    assert str(path) in str(raised.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="No such file"):
        DoorReplay.load(tmp_path / "missing.csv")


def test_the_households_of_alicante() -> None:
    replay = WaterReplay.load(require("water/hourly_households.csv.gz"))
    assert replay.households == [f"h0{number}" for number in range(1, 8)]
    assert replay.first_common_day() == date(2016, 3, 2)
    assert replay.rejected[Flaw.NEGATIVE].rows == 129
    assert replay.irregular[Flaw.GAP].rows > 0
    spells = {name: replay.longest_flow(name, 2000).readings for name in replay.households}
    assert spells["h06"] == max(spells.values()) == 159
    assert replay.longest_flow("h06", 2000).begin.date() == date(2016, 6, 28)


def test_a_whole_year_is_replayed_exactly() -> None:
    replay = WaterReplay.load(require("water/hourly_households.csv.gz"))
    for household in replay.households:
        timeline = replay.draws(household, replay.span[0], random.Random(1))
        drawn = [draw.volume_ml for _, draw in timeline]
        assert sum(drawn) == replay.volume_ml(household)


def test_in_the_leaking_spell_no_hour_is_dry() -> None:
    replay = WaterReplay.load(require("water/hourly_households.csv.gz"))
    start = datetime(2016, 6, 29)
    flowing = set()
    for time_us, draw in replay.draws("h06", start, random.Random(1)):
        if time_us >= 3 * DAY_US:
            break
        flowing |= set(range(time_us // US_PER_H, (time_us + draw.duration_us) // US_PER_H + 1))
    assert set(range(72)) <= flowing


def door_file(folder: Path, days: int = 7, extra: str = "") -> Path:
    rows = "".join(
        f"{START.date() + timedelta(day)},{hour:02}:30:00,{direction},{hour % 3}\n"
        for day in range(days)
        for hour in range(24)
        for direction in ("in", "out")
    )
    path = folder / "doors.csv"
    path.write_text("date,time,direction,count\n" + rows + extra)
    return path


def test_counts_are_replayed_within_their_half_hour(tmp_path: Path) -> None:
    replay = DoorReplay.load(door_file(tmp_path, extra="2016-03-01,00:30:00,in,9\nx,y,in,1\n"))
    assert {flaw: found.first_lines for flaw, found in replay.rejected.items()} == {
        Flaw.REPEATED: [338],
        Flaw.UNPARSABLE: [339],
    }
    source = random.Random(1)
    timeline = replay.passages(START, 0, source, CardHolders(source, 5, 0.0))
    week = list(itertools.takewhile(lambda timed: timed[0] < 7 * DAY_US, timeline))
    assert len(week) == 7 * 24 * 2
    assert [time_us for time_us, _ in week] == sorted(time_us for time_us, _ in week)
    for time_us, _ in week:
        assert time_us % US_PER_H >= US_PER_H // 2
    assert sum(passage.entering for _, passage in week) == 7 * 24


def test_less_than_a_week_is_not_enough(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="not every day of the week"):
        DoorReplay.load(door_file(tmp_path, days=6))


def test_the_door_of_2005_is_matched_by_weekday() -> None:
    replay = DoorReplay.load(require("access/main_door_counts.csv"))
    assert (len(replay.days), replay.rejected) == (70, {})
    source = random.Random(1)
    monday = datetime(2025, 3, 3)
    timeline = replay.passages(monday, 3, source, CardHolders(source, 5, 0.0))
    entries: Counter[int] = Counter()
    for time_us, passage in itertools.takewhile(lambda timed: timed[0] < 14 * DAY_US, timeline):
        entries[time_us // DAY_US] += passage.entering
    weekend = [entries[day] for day in (5, 6, 12, 13)]
    workdays = [entries[day] for day in range(14) if day % 7 < 5]
    assert max(weekend) < 40 < 100 < min(workdays)
