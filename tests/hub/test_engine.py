"""Nothing leaves the hub before what it rests on is durable, and nothing else waits for that."""

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from linli_firmware.store import MemoryStore
from linli_hub.journal import Journal
from linli_hub.live import Engine
from linli_hub.log import Record
from linli_hub.storage import Database, log_table, open_database
from linli_protocol import codes, keys, messages, packet
from linli_protocol.bearer import Bearer
from linli_protocol.device_association import DeviceAssociation
from linli_protocol.link import Link
from moody_database import Moody

COMMUNITY_KEY = bytes(range(16))  # test key
UNIX_S = 1_800_000_000
WAIT_S = 20
WAY = "tcp"
HELLO = {"device_kind": codes.DOOR, "firmware": 1, "boots": 1, "reset_cause": 1, "list_version": 0}


class StillClock:
    def __init__(self) -> None:
        self.ms = 0

    def now_ms(self) -> int:
        return self.ms

    def unix_us(self) -> int:
        return UNIX_S * 1_000_000 + self.ms * 1000

    def utc_offset_min(self) -> int:
        return 480


def keep(device: int, kind: int, fields: dict, time_us: int) -> list[Record]:
    return [Record(time_us, "message", device, 0, json.dumps([kind, fields]).encode())]


class World:
    """An engine on a database of moods, and device links on a way that takes no time."""

    def __init__(self, path: Path, *devices: int) -> None:
        self.clock = StillClock()
        self.path = path
        self.random = random.Random(5).randbytes
        self.links: dict[int, Link] = {}
        self.got: dict[int, list[tuple[int, dict]]] = {device: [] for device in devices}
        self.seen: list[tuple[int, int]] = []
        self.start_hub()
        for device in devices:
            self.start_device(device)
        self.settle()
        self.seen.clear()

    def start_hub(self) -> None:
        self.database = Moody(open_database(str(self.path)), [])
        self.journal = Journal(self.database)
        self.engine = Engine(
            COMMUNITY_KEY,
            self.journal,
            self.clock,
            self.random,
            keep,
            lambda device, kind, fields, time_us: self.seen.append((device, kind)),
        )
        for device in self.got:
            self.engine.enrol(device, [Bearer(WAY, 240)])
        self.journal.start()

    def stop_hub(self) -> None:
        self.database.gate.set()
        self.journal.close()
        self.database.close()

    def start_device(self, device: int) -> None:
        root = keys.root_key(COMMUNITY_KEY, device, 0)
        store = MemoryStore()
        settings = {"join_spread_ms": 0}
        association = DeviceAssociation(
            root, device, codes.DOOR, store, self.random, lambda *_: None, settings
        )
        link = self.links[device] = Link(association, [Bearer(WAY, 240)], store, self.random)
        link.start(self.clock.ms)
        link.send(messages.HELLO, HELLO, self.clock.ms)

    def reply(self, data: bytes, device: int) -> bool:
        delivery = self.links[device].receive(0, data, self.clock.ms)
        if delivery is not None:
            self.got[device].append((delivery.kind, delivery.fields))
        return True

    def exchange(self) -> bool:
        """Let everybody say what they have to say now; tell whether anybody did."""
        said = False
        for device, link in self.links.items():
            for _, data in link.poll(self.clock.ms):
                said = True
                self.engine.receive(WAY, data, lambda packet, to=device: self.reply(packet, to))
        self.engine.turn()
        return said

    def settle(self) -> None:
        """Let everybody talk, and the journal commit, until nobody has anything to say."""
        quiet = 0
        while quiet < 2:
            assert self.journal.wait(self.journal.position, WAIT_S)
            quiet = 0 if self.exchange() else quiet + 1

    def send(self, device: int, kind: int, **fields: object) -> None:
        self.links[device].send(kind, dict(fields), self.clock.ms)

    def unacknowledged(self, device: int) -> int:
        return sum(len(stream.flights) for stream in self.links[device]._streams.values())


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "hub.db", 1, 2)
    yield made
    made.stop_hub()


def messages_in(database: Database) -> list[tuple[int, int]]:
    """Return (device, kind) of all messages in the log but the greetings."""
    rows = [row.record for row in log_table.read(database)]
    heard = [(record.device, json.loads(record.body)[0]) for record in rows]
    return [each for each in heard if each[1] != messages.HELLO]


def test_a_message_is_acknowledged_when_it_is_on_disk(world: World) -> None:
    world.database.gate.clear()
    world.send(1, messages.ALARM, incident=1, time=0, cause=codes.PRESS)
    for _ in range(5):
        world.exchange()
    assert world.seen == [(1, messages.ALARM)]
    assert world.unacknowledged(1) == 1
    assert messages_in(world.database) == []
    world.database.gate.set()
    world.settle()
    assert world.unacknowledged(1) == 0
    assert messages_in(world.database) == [(1, messages.ALARM)]


def test_a_command_does_not_wait_for_other_devices(world: World) -> None:
    world.database.gate.clear()
    world.send(1, messages.READING, time=1, volume_l=5, flags=0)
    world.exchange()
    world.engine.command(2, codes.RELEASE_DOOR, lifetime_s=30)
    world.exchange()
    kinds = [kind for kind, _ in world.got[2]]
    # The first command of a run reserves numbers, and waits for that.
    assert messages.COMMAND not in kinds
    world.database.gate.set()
    world.settle()
    assert [kind for kind, _ in world.got[2]].count(messages.COMMAND) == 1
    world.database.gate.clear()
    world.send(1, messages.READING, time=2, volume_l=6, flags=0)
    world.exchange()
    world.engine.command(2, codes.RELEASE_DOOR, lifetime_s=30)
    world.exchange()
    assert [kind for kind, _ in world.got[2]].count(messages.COMMAND) == 2
    assert world.unacknowledged(1) == 1


def test_a_crash_before_the_commit_loses_nothing_acknowledged(world: World) -> None:
    world.send(1, messages.EVENT, sequence=1, time=1, code=codes.GRANTED)
    world.settle()
    world.database.gate.clear()
    world.send(1, messages.EVENT, sequence=2, time=1, code=codes.GRANTED)
    world.exchange()
    assert world.unacknowledged(1) == 1
    # The hub crashes: what waits for the disk is gone.
    world.journal._records.clear()
    world.journal._changes.clear()
    world.database.fails = ["before"] * 10
    world.database.gate.set()
    crashed = world.journal
    crashed.close()
    world.database.close()
    world.start_hub()
    world.clock.ms += 600_000
    world.settle()
    assert world.unacknowledged(1) == 0
    events = [each for each in messages_in(world.database) if each[1] == messages.EVENT]
    assert len(events) == 2


def test_a_full_journal_takes_alarms_only(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linli_hub.journal._FULL", 0)
    world.database.gate.clear()
    world.journal.put("something", b"")
    world.send(1, messages.READING, time=1, volume_l=5, flags=0)
    world.send(2, messages.ALARM, incident=1, time=0, cause=codes.PRESS)
    world.exchange()
    assert world.seen == [(2, messages.ALARM)]
    assert world.engine.deferred == 1
    world.database.gate.set()
    world.clock.ms += 60_000
    world.settle()
    assert world.unacknowledged(1) == 0
    assert sorted(messages_in(world.database)) == [(1, messages.READING), (2, messages.ALARM)]


def test_what_is_not_opened_for_want_of_room_proves_nothing(world: World) -> None:
    world.engine.in_reserve = True
    forged = packet.pack_header(messages.READING, 0, 1, 0, 1) + bytes(packet.SHORT_TAG)
    assert not world.engine.receive(WAY, forged, lambda data: True)
    assert world.engine.deferred == 1
    world.send(1, messages.ALARM, incident=1, time=0, cause=codes.PRESS)
    world.settle()
    assert world.unacknowledged(1) == 0


def test_answers_go_where_the_device_was_heard(world: World) -> None:
    astray: list[bytes] = []

    def elsewhere(data: bytes) -> bool:
        astray.append(data)
        return True

    world.engine.receive(WAY, b"\x40\x21\x00\x00\x00\x01" + bytes(30), elsewhere)
    world.engine.command(1, codes.RELEASE_DOOR, lifetime_s=30)
    world.settle()
    assert astray == []
    assert [kind for kind, _ in world.got[1]].count(messages.COMMAND) == 1


def test_a_device_that_was_never_heard_is_reached_on_a_fixed_route(world: World) -> None:
    sent: list[bytes] = []

    def reply(data: bytes) -> bool:
        sent.append(data)
        return True

    world.stop_hub()
    world.start_hub()
    world.engine.command(1, codes.RELEASE_DOOR, lifetime_s=30)
    world.settle()
    assert world.engine.undeliverable
    world.engine.fix_route(1, WAY, reply)
    world.clock.ms += 10_000
    world.settle()
    assert sent


def test_no_commit_parts_what_is_known_from_what_was_said(world: World) -> None:
    parted: list[bool] = []

    def slow(device: int, kind: int, fields: dict, time_us: int) -> list[Record]:
        # The core has already remembered that it knows this event.
        position = world.journal.position
        time.sleep(0.2)
        parted.append(world.journal.durable == position)
        return keep(device, kind, fields, time_us)

    world.engine._keep = slow
    world.send(1, messages.EVENT, sequence=1, time=1, code=codes.GRANTED)
    world.settle()
    assert parted == [False]


def test_a_forgotten_alarm_is_new_when_it_is_repeated(world: World) -> None:
    def press() -> None:
        world.send(1, messages.ALARM, incident=1, time=0, cause=codes.PRESS)
        world.settle()

    press()
    press()
    assert world.seen == [(1, messages.ALARM)]
    world.engine.forget_incidents(1)
    press()
    assert world.seen == [(1, messages.ALARM)] * 2
    assert [incident.presses for incident in world.engine.core.incidents()] == [1]
