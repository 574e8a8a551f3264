"""A hub at work retires, archives and minds its disk by itself, and serves on meanwhile."""

import asyncio
import json
import threading
from pathlib import Path

import pytest

from linli_hub.archive import ARCHIVED, ArchiveError, LogReader, archiver, parquet, verify_log
from linli_hub.live import running as running_module
from linli_hub.live import upkeep as upkeep_module
from linli_hub.live.disk import Disk, Room, look
from linli_hub.live.running import RunningSite
from linli_hub.log import Record
from linli_hub.privacy import PLACED, overdue, sweep_done, swept
from linli_hub.projections import RETIREMENT
from linli_hub.site import Site
from linli_hub.storage import log_table
from linli_protocol import codes, messages
from live_site import WAIT_S, made, speaking, tell, until
from tcp_device import unacknowledged, until_acknowledged

DAY_US = 86_400_000_000
# 2026-06-01 at noon in Shanghai.
START_US = 1_780_286_400_000_000
BUTTON, METER = 0x21, 0x22
ALARM = {"incident": 1, "time": 0, "cause": codes.PRESS}
READING = {"time": 1, "volume_l": 5, "flags": 0}


class Clock:
    """A clock whose date a test sets; its seconds are the machine's."""

    now_us = START_US

    def __init__(self, zone: str) -> None:
        pass

    def now_ms(self) -> int:
        return round(asyncio.get_running_loop().time() * 1000)

    def unix_us(self) -> int:
        return Clock.now_us

    def utc_offset_min(self) -> int:
        return 480


@pytest.fixture(autouse=True)
def calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_module, "SystemClock", Clock)
    monkeypatch.setattr(Clock, "now_us", START_US)
    for name in ("_LOOK_S", "_DISK_LOOK_S"):
        monkeypatch.setattr(upkeep_module, name, 0.01)
    monkeypatch.setattr(archiver, "ROWS_PER_FILE", 10)
    monkeypatch.setattr(archiver, "_ROWS_PER_DELETION", 4)


def site_of(folder: Path, settings: str = "") -> Site:
    """Make a site on its first day, whose meter's household has been told things in its name."""
    site = made(folder, settings, {BUTTON: "panic", METER: "meter"}, START_US)
    for device in (BUTTON, METER):
        site.tell(PLACED, {"device": device, "household": 12, "place": "a/1/2/3"}, START_US)
    return site


def say(site: Site, count: int, time_us: int) -> None:
    for number in range(count):
        site.journal.add(Record(time_us + number, "said", 0, 0, b"{}"))


def hear(site: Site, kind: int, fields: dict, time_us: int) -> None:
    device = BUTTON if kind == messages.ALARM else METER
    for record in site.keep(device, kind, fields, time_us):
        site.journal.add(record)


def rows(site: Site) -> list[str]:
    found = LogReader(site.configuration.archive).read(site.database)
    return [row.record.kind for row in found]


def in_database(site: Site) -> int:
    with site.database.reading() as transaction:
        return int(transaction.query("SELECT count(*) FROM log")[0][0])


def test_a_day_later_what_is_past_its_term_goes_and_old_rows_are_archived(tmp_path: Path) -> None:
    async def story(running: RunningSite) -> None:
        hear(site, messages.ALARM, ALARM, START_US)
        say(site, 30, START_US)
        await running.service.durable(site.journal.position)
        days = 0
        while RETIREMENT not in rows(site):
            days += 20
            Clock.now_us = START_US + days * DAY_US
            await until(lambda: swept(site.journal) == Clock.now_us)
        assert 366 <= days <= 366 + 31 + 20
        await until(lambda: rows(site).count(ARCHIVED) >= 3)
        assert running.troubles() == {}

    site = site_of(tmp_path)
    tell(site, story)
    assert overdue(site.journal, Clock.now_us) == []
    verify_log(site.database, site.configuration.archive)
    site.close()


def test_what_fell_due_while_the_hub_was_away_goes_as_it_begins(tmp_path: Path) -> None:
    async def story(running: RunningSite) -> None:
        await until(lambda: RETIREMENT in rows(site))

    site = site_of(tmp_path)
    hear(site, messages.ALARM, ALARM, START_US - 500 * DAY_US)
    tell(site, story)
    site.close()


def test_a_clock_that_leaps_destroys_nothing_until_somebody_says_so(tmp_path: Path) -> None:
    async def story(running: RunningSite) -> None:
        await until(lambda: "upkeep" in running.troubles())
        said = running.troubles()["upkeep"]
        assert "the clock is 5000 days after" in said and "linli hub retire" in said

    site = site_of(tmp_path)
    hear(site, messages.ALARM, ALARM, START_US)
    sweep_done(site.journal, START_US)
    Clock.now_us = START_US + 5000 * DAY_US
    tell(site, story)
    assert RETIREMENT not in rows(site)
    site.close()


def test_what_the_uplink_has_not_sent_is_not_archived(tmp_path: Path) -> None:
    async def story(running: RunningSite) -> None:
        assert running.uplink is not None
        forwarder = running.uplink.forwarder
        forwarder._rows.take(1, 24)
        forwarder._alarms.take(1, 24)
        say(site, 30, START_US)
        await running.service.durable(site.journal.position)
        Clock.now_us = START_US + 31 * DAY_US
        await until(lambda: ARCHIVED in rows(site))
        assert forwarder.needed_from == 25
        await running.upkeep.archive()
        with site.database.reading() as transaction:
            oldest = log_table.page(transaction, 0, 1)[0].number
        assert oldest == 21, "two files of ten; row 25 is in neither"
        forwarder._rows.take(1, 31)
        forwarder._alarms.take(1, 31)
        await running.upkeep.archive()
        with site.database.reading() as transaction:
            assert log_table.page(transaction, 0, 1)[0].number == 31

    settings = '[mqtt]\nsite = "hemu"\nhost = "127.0.0.1"\nport = 9\ntls = false\nhistory = true\n'
    site = site_of(tmp_path, settings)
    tell(site, story)
    site.close()


def test_alarms_are_taken_and_commands_given_while_a_file_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    write = parquet.write

    def slow(path: Path, rows: list) -> None:
        begun.set()
        assert go_on.wait(WAIT_S)
        write(path, rows)

    monkeypatch.setattr(parquet, "write", slow)

    async def story(running: RunningSite) -> None:
        say(site, 30, START_US)
        await running.service.durable(site.journal.position)
        async with speaking(running, BUTTON) as button, speaking(running, METER) as meter:
            Clock.now_us = START_US + 31 * DAY_US
            await until(begun.is_set)
            button.send(messages.ALARM, ALARM)
            running.command(METER, codes.READ_NOW, 60, "lin")
            await until_acknowledged(button)
            await until(lambda: any(kind == messages.COMMAND for kind, _ in meter.got))
            assert ARCHIVED not in rows(site)
            go_on.set()
            await until(lambda: rows(site).count(ARCHIVED) == 3)

    site = site_of(tmp_path)
    tell(site, story)
    verify_log(site.database, site.configuration.archive)
    site.close()


def test_a_hub_that_ends_while_it_archives_goes_on_the_next_time(tmp_path: Path) -> None:
    async def story(running: RunningSite) -> None:
        say(site, 30, START_US)
        await running.service.durable(site.journal.position)
        before = in_database(site)
        Clock.now_us = START_US + 31 * DAY_US
        # It ends as soon as the first rows have left.
        while in_database(site) >= before:
            await asyncio.sleep(0)

    site = site_of(tmp_path)
    tell(site, story)
    assert rows(site).count("said") == 30
    verify_log(site.database, site.configuration.archive)

    async def again(running: RunningSite) -> None:
        await running.upkeep.archive()

    configuration = site.configuration
    site.close()
    site = Site(configuration)
    tell(site, again)
    assert rows(site).count("said") == 30
    assert in_database(site) <= 16
    verify_log(site.database, site.configuration.archive)
    site.close()


def test_upkeep_that_fails_says_why_and_ends_no_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def spoilt(path: Path, rows: list) -> None:
        raise ArchiveError(f"{path}: Input/output error")

    def unthought_of(path: Path, rows: list) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(upkeep_module, "_REST_S", 0.01)
    monkeypatch.setattr(parquet, "write", spoilt)

    async def story(running: RunningSite) -> None:
        say(site, 30, START_US)
        await running.service.durable(site.journal.position)
        Clock.now_us = START_US + 31 * DAY_US
        await until(lambda: "Input/output error" in running.troubles().get("upkeep", ""))
        monkeypatch.setattr(parquet, "write", unthought_of)
        await until(lambda: "nobody thought of" in running.troubles().get("upkeep", ""))
        assert "ZeroDivisionError" in caplog.text
        monkeypatch.undo()
        async with speaking(running, BUTTON) as button:
            button.send(messages.ALARM, ALARM)
            await until_acknowledged(button)

    site = site_of(tmp_path)
    tell(site, story)
    site.close()


def test_the_disk_is_judged_by_what_is_free(tmp_path: Path) -> None:
    free = look([tmp_path], 0, 0).free_bytes // 1_000_000
    assert look([tmp_path], 0, 0).room is Room.ENOUGH
    assert look([tmp_path], 0, 0).trouble is None
    low = look([tmp_path], 2 * free, free // 2)
    assert low.room is Room.LOW
    assert low.trouble is not None and "make room" in low.trouble
    reserve = look([tmp_path], 4 * free, 2 * free)
    assert reserve.room is Room.RESERVE
    assert reserve.trouble is not None and "readings are not taken in" in reserve.trouble


def test_of_the_last_room_on_the_disk_readings_get_none_and_alarms_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = [Room.ENOUGH]
    monkeypatch.setattr(upkeep_module, "look", lambda *_: Disk(tmp_path, 5, 10, room[0]))

    async def story(running: RunningSite) -> None:
        async with speaking(running, BUTTON) as button, speaking(running, METER) as meter:
            room[0] = Room.RESERVE
            await until(lambda: "disk" in running.troubles())
            meter.send(messages.READING, READING)
            button.send(messages.ALARM, ALARM)
            await until_acknowledged(button)
            await until(lambda: running.engine.deferred > 0)
            assert unacknowledged(meter) == 1
            with pytest.raises(Exception, match="archiving waits for room"):
                await running.upkeep.archive()
            room[0] = Room.ENOUGH
            await until(lambda: running.troubles() == {})
            await until_acknowledged(meter)

    site = site_of(tmp_path)
    tell(site, story)
    said = [
        json.loads(body)["message"]
        for row in LogReader(site.configuration.archive).read(site.database)
        if row.record.kind == "message" and (body := site.vault.body(row.record)) is not None
    ]
    assert said.count("alarm") == 1 and said.count("reading") == 1
    site.close()
