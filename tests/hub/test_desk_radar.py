"""The risk radar of a site at work: by hand, from what its devices say."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from desk_site import (
    BUTTON,
    DOOR,
    METER,
    At,
    at_desk,
    configuration,
    connected,
    said,
)
from linli_hub.desk import Radar
from linli_hub.live.traffic import WINDOW_MS, Counts, Traffic
from linli_hub.risk.grades import Grade
from linli_hub.risk.incidents import Verdict
from linli_hub.risk.indicators import Level
from linli_protocol import codes, messages

HOUR_S = 3600


@pytest.fixture
def settings(address: str, tmp_path: Path) -> Any:
    return configuration(address, tmp_path)


async def radar(at: At, name: str = "wang") -> Radar:
    return await at.desk.radar(at.people[name])


def values(found: Radar) -> dict[str, float | None]:
    return {each.indicator.name: each.value for each in found.readings}


def levels(found: Radar) -> dict[str, Level]:
    return {each.indicator.name: each.level for each in found.readings}


def event(at: At, sequence: int, code: int, ago_s: float = 0) -> dict[str, int]:
    time_s = at.running.clock.unix_us() // 1_000_000 - round(ago_s)
    return {"sequence": sequence, "time": time_s, "code": code}


def test_a_site_at_which_nothing_happens_is_green_where_it_can_be_told(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            found = await radar(at)
            assert len(found.readings) == 12
            unknown = {name for name, level in levels(found).items() if level is Level.UNKNOWN}
            assert {"alarms_missing", "alarm_delay", "answer_delay", "patches_overdue"} <= unknown
            # Three devices are enrolled, and none has been heard.
            red = {name for name, level in levels(found).items() if level is Level.RED}
            assert red == {"devices_silent"}
            assert found.incidents == ()
            assert set(found.open.values()) == {0}

    asyncio.run(story())


def test_a_forced_door_is_an_incident_of_grade_one_until_it_is_secured(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at, connected(at, DOOR, codes.DOOR) as door:
            await said(door, messages.EVENT, event(at, 0, codes.FORCED, 2 * HOUR_S))
            found = await radar(at)
            assert found.incidents is not None
            [incident] = found.incidents
            assert (incident.grade, incident.what, incident.device) == (
                Grade.LEAK,
                "forced open",
                DOOR,
            )
            clocks = {clock.name: clock for clock in incident.clocks}
            assert clocks["traced and mended"].verdict is Verdict.RUNNING
            assert incident.begun_us is not None
            assert clocks["traced and mended"].due_us == incident.begun_us + 24 * 3600 * 10**6
            # Nothing tells when a team was there.
            assert clocks["team there"].verdict is Verdict.UNKNOWN
            assert found.open == {Grade.LEAK: 1, Grade.DOWN: 0, Grade.ANNOYANCE: 0}
            assert levels(found)["intrusions"] is Level.RED
            at.later(23 * HOUR_S)
            late = await radar(at)
            assert late.missed[Grade.LEAK] == 1
            await said(door, messages.EVENT, event(at, 1, codes.SECURED, 22.5 * HOUR_S))
            over = await radar(at)
            assert over.incidents is not None
            assert not over.incidents[0].is_open
            assert over.incidents[0].clocks[1].verdict is Verdict.MET
            assert (over.open[Grade.LEAK], over.missed[Grade.LEAK]) == (0, 0)

    asyncio.run(story())


def test_what_lasts_is_shown_for_as_long_and_what_is_over_for_a_week(settings: Any) -> None:
    day_s = 24 * HOUR_S

    async def shown(at: At) -> list[tuple[str, bool]]:
        found = (await radar(at)).incidents
        assert found is not None
        return [(each.what, each.is_open) for each in found]

    async def story() -> None:
        async with at_desk(settings) as at, connected(at, METER, codes.METER) as meter:
            for sequence, (code, days) in enumerate(
                (
                    (codes.LEAK, 40),
                    (codes.BATTERY_LOW, 40),
                    (codes.BATTERY_RESTORED, 30),
                    (codes.BURST, 20),
                    (codes.BURST_ENDED, 6),
                    (codes.CONSOLE_REFUSED, 8),
                    (codes.CLOCK_LOST, 4),
                )
            ):
                await said(meter, messages.EVENT, event(at, sequence, code, days * day_s))
            assert await shown(at) == [("burst", False), ("clock lost", False), ("leak", True)]
            at.later(2 * day_s)
            assert await shown(at) == [("clock lost", False), ("leak", True)]
            later = event(at, 7, codes.LEAK_ENDED)
            await said(meter, messages.EVENT, later)
            at.later(6 * day_s)
            assert await shown(at) == [("leak", False)]

    asyncio.run(story())


def test_alarms_that_come_late_or_wait_for_an_answer_show(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at, connected(at, BUTTON, codes.PANIC) as button:
            now_s = at.running.clock.unix_us() // 1_000_000
            for number, late_s in ((1, 0), (2, 60)):
                alarm = {"incident": number, "time": now_s - late_s, "cause": codes.PRESS}
                await said(button, messages.ALARM, {**alarm, "presses": 1})
            found = values(await radar(at))
            assert found["alarms_missing"] == 0.5
            assert found["alarm_delay"] == pytest.approx(60, abs=2)
            at.later(1200)
            found = values(await radar(at))
            assert found["answer_delay"] == pytest.approx(21, abs=0.2)
            wang = at.people["wang"]
            for call in await at.desk.incidents(wang):
                await at.desk.handle(wang, call.incident.alarm, codes.HELP_COMING, grade=2)
            at.later(3 * HOUR_S)
            again = await radar(at)
            assert values(again)["answer_delay"] == pytest.approx(21, abs=0.2)
            assert again.incidents is not None
            graded = [each for each in again.incidents if each.what == "call for help"]
            assert [each.is_open for each in graded] == [True, True]
            assert again.missed[Grade.DOWN] >= 2

    asyncio.run(story())


def test_a_time_without_service_shows_after_the_restart(settings: Any) -> None:
    async def first() -> None:
        async with at_desk(settings) as at:
            assert values(await radar(at))["downtime"] == 0

    async def second() -> None:
        async with at_desk(settings) as at:
            found = values(await radar(at))
            assert found["longest_outage"] is not None
            assert 0 < found["longest_outage"] < 1
            assert (await radar(at)).incidents[0].what == "no service"  # type: ignore[index]

    asyncio.run(first())
    asyncio.run(second())


def test_whoever_may_not_see_incidents_sees_how_many_there_are(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at, connected(at, METER, codes.METER) as meter:
            await said(meter, messages.EVENT, event(at, 0, codes.BURST))
            assert "access" not in at.kinds()
            found = await radar(at, "vera")
            assert (found.incidents, found.open[Grade.LEAK]) == (None, 1)
            assert "access" not in at.kinds()
            await radar(at, "kong")
            assert "access" in at.kinds()

    asyncio.run(story())


def test_an_erased_household_has_no_incidents(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at, connected(at, METER, codes.METER) as meter:
            await said(meter, messages.EVENT, event(at, 0, codes.BURST))
            await at.desk.erase(at.people["lin"], 12, "moved out")
            assert (await radar(at)).incidents == ()

    asyncio.run(story())


def test_a_cell_that_runs_low_and_a_gap_in_the_events_show(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at, connected(at, METER, codes.METER) as meter:
            await said(meter, messages.HEALTH, {"time": 1, "uptime_s": 1, "battery_mv": 3000})
            assert values(await radar(at))["cells_low"] == 0
            await said(meter, messages.EVENT, event(at, 0, codes.BATTERY_LOW))
            await said(meter, messages.EVENT, event(at, 5, codes.BATTERY_LOW))
            found = values(await radar(at))
            assert found["cells_low"] == 1
            # Hello, health and two events came; four events are known to be missing.
            assert found["messages_lost"] == pytest.approx(4 / 8)

    asyncio.run(story())


def test_traffic_is_that_of_the_last_day() -> None:
    traffic = Traffic(0)
    step = WINDOW_MS // 12
    for now in range(0, 3 * WINDOW_MS, step):
        if traffic.is_due(now):
            traffic.note(now, Counts(messages=now // step, attacks=5))
        grown, hours = traffic.grown(now, Counts(messages=now // step, attacks=5))
        assert hours == min(now, WINDOW_MS) / 3_600_000
        assert grown.messages == min(now // step, 12)
        assert grown.attacks == (5 if now <= WINDOW_MS else 0)
    # What was missing may come.
    assert Counts(lost=1) - Counts(lost=3) == Counts()
