"""A disk that is full or slow: what it does not have is not acknowledged, and all comes back."""

import asyncio
import json
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from linli_hub.live.running import RunningSite
from linli_hub.log import Record
from linli_hub.site import Site
from linli_hub.storage import Transaction, log_table
from linli_hub.storage.sqlite import SqliteDatabase
from linli_protocol import codes, messages
from live_site import WAIT_S, made, speaking, tell, until
from moody_database import Moody
from tcp_device import unacknowledged, until_acknowledged

BUTTON, METER = 0x21, 0x22
ALARM = {"incident": 1, "time": 0, "cause": codes.PRESS}
READING = {"time": 1, "volume_l": 5, "flags": 0}
ENDLESS = 1_000_000_000
# Of a second: long enough for a device to ask again.
A_WHILE_S = 0.3


def heard(site: Site) -> list[str]:
    """Return the messages in the log, by name, but how devices greet."""
    bodies = [
        site.vault.body(row.record)
        for row in log_table.read(site.database)
        if row.record.kind == "message"
    ]
    names = [json.loads(body)["message"] for body in bodies if body is not None]
    return [name for name in names if name != "hello"]


def fill(site: Site) -> None:
    """Have the database want more room than any free page of it has."""
    site.journal.add(Record(0, "said", 0, 0, b'{"said":"%s"}' % (b"0" * 1_000_000)))


async def alarms_and_readings(
    running: RunningSite, take_room: Callable[[], None], make_room: Callable[[], None]
) -> None:
    """Check that what comes while the database takes nothing is taken when it does again."""
    async with speaking(running, BUTTON) as button, speaking(running, METER) as meter:
        await running.service.durable(running.site.journal.position)
        take_room()
        fill(running.site)
        await until(lambda: "full" in running.troubles().get("database", ""))
        button.send(messages.ALARM, ALARM)
        meter.send(messages.READING, READING)
        await asyncio.sleep(A_WHILE_S)
        assert unacknowledged(button) == 1 and unacknowledged(meter) == 1
        assert heard(running.site) == []
        assert "database" in running.troubles()
        make_room()
        await until_acknowledged(button)
        await until_acknowledged(meter)
        assert running.troubles() == {}
    assert sorted(heard(running.site)) == ["alarm", "reading"]


DEVICES = {BUTTON: "panic", METER: "meter"}


def test_a_full_database_acknowledges_nothing_and_recovers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = [ENDLESS]
    connect = SqliteDatabase._connect

    def connected(database: SqliteDatabase) -> sqlite3.Connection:
        connection = connect(database)
        connection.execute(f"PRAGMA max_page_count = {most[0]}")
        return connection

    def make_room() -> None:
        most[0] = ENDLESS

    def shrink(transaction: Transaction) -> None:
        # Fewer pages than there are: none can be added.
        transaction.query("PRAGMA max_page_count = 1")

    def take_room() -> None:
        most[0] = 1
        assert site.journal.wait(site.journal.carry_out(shrink), WAIT_S)

    async def story(running: RunningSite) -> None:
        await alarms_and_readings(running, take_room, make_room)

    monkeypatch.setattr(SqliteDatabase, "_connect", connected)
    site = made(tmp_path / "site", "", DEVICES)
    tell(site, story)
    site.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a file system of 8 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_acknowledges_nothing_and_recovers(small_disk: Path) -> None:
    ballast = small_disk / "ballast"

    def take_room() -> None:
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass

    async def story(running: RunningSite) -> None:
        await alarms_and_readings(running, take_room, ballast.unlink)

    settings = "[upkeep]\nwarn_free_mb = 0\nreserve_mb = 0\n"
    site = made(small_disk / "site", settings, DEVICES)
    tell(site, story)
    site.close()


def test_a_disk_that_fills_up_keeps_room_for_alarms(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ballast = small_disk / "ballast"
    monkeypatch.setattr("linli_hub.live.upkeep._DISK_LOOK_S", 0.02)

    async def story(running: RunningSite) -> None:
        async with speaking(running, BUTTON) as button, speaking(running, METER) as meter:
            ballast.write_bytes(bytes(5_000_000))
            await until(lambda: "disk" in running.troubles())
            for incident in range(1, 20):
                button.send(messages.ALARM, {**ALARM, "incident": incident})
                await until_acknowledged(button)
            meter.send(messages.READING, READING)
            await until(lambda: running.engine.deferred > 0)
            assert heard(site) == ["alarm"] * 19
            assert "database" not in running.troubles()
            ballast.unlink()
            await until_acknowledged(meter)

    settings = "[upkeep]\nwarn_free_mb = 5\nreserve_mb = 4\n"
    site = made(small_disk / "site", settings, DEVICES)
    tell(site, story)
    site.close()


def test_a_slow_disk_slows_no_command_and_has_alarms_before_they_are_acknowledged(
    tmp_path: Path,
) -> None:
    slow: list[Moody] = []

    async def story(running: RunningSite) -> None:
        async with speaking(running, BUTTON) as button, speaking(running, METER) as meter:
            # The first command of a run reserves numbers, which is to be durable.
            running.command(METER, codes.READ_NOW, 60, "lin")
            await until(lambda: any(kind == messages.COMMAND for kind, _ in meter.got))
            await running.service.durable(site.journal.position)
            await until_acknowledged(meter)
            meter.got.clear()
            slow[0].gate.clear()
            button.send(messages.ALARM, ALARM)
            await until(lambda: running.site.journal.position > running.site.journal.durable)
            running.engine.command(METER, codes.READ_NOW, 60)
            running.service.kick()
            await until(lambda: any(kind == messages.COMMAND for kind, _ in meter.got))
            assert unacknowledged(button) == 1
            assert heard(site) == []
            await until(lambda: "nothing is acknowledged" in running.troubles().get("database", ""))
            slow[0].gate.set()
            await until_acknowledged(button)
            assert "alarm" in heard(site)
            assert running.troubles() == {}

    site = made(tmp_path / "site", "", DEVICES)
    slow.append(Moody(site.database, []))
    site.journal._database = slow[0]
    tell(site, story)
    site.close()
