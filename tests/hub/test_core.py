"""The hub's core: it serves many devices, counts each event once, and answers the centre's way."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli_firmware.store import MemoryStore
from linli_hub.core import Hub
from linli_hub.core.access_lists import AccessListSource
from linli_hub.core.incidents import DeviceIncidents
from linli_hub.core.ledger import SPAN, EventLedger
from linli_protocol import codes, keys, messages
from linli_protocol.access_list import ADD, Credential, card_token, decode_changes
from linli_protocol.bearer import Bearer
from linli_protocol.device_association import DeviceAssociation
from linli_protocol.link import Link

COMMUNITY_KEY = bytes(range(16))  # test key
UNIX_S = 1_800_000_000
HELLO = {
    "device_kind": codes.DOOR,
    "firmware": 1,
    "boots": 1,
    "reset_cause": 1,
    "list_version": 0,
}


class World:
    """A hub and bare device links on lines that take no time."""

    def __init__(self, *devices: int, contact_ms: int = 0) -> None:
        self.now = 0
        self.contact_ms = contact_ms
        self.heard: list[tuple[int, int, dict]] = []
        self.store = MemoryStore()
        self.random = random.Random(5).randbytes
        self.links: dict[int, Link] = {}
        self.got: dict[int, list] = {device: [] for device in devices}
        self.start_hub()
        for device in devices:
            self.start_device(device)
        self.settle()

    def start_hub(self) -> None:
        self.hub = Hub(
            COMMUNITY_KEY,
            self.store,
            self.random,
            lambda now: (UNIX_S + now // 1000, 480),
            lambda device, kind, fields, now: self.heard.append((device, kind, fields)),
        )
        for device in self.got:
            self.hub.enrol(device, [Bearer("line", 240, contact_ms=self.contact_ms)])

    def start_device(self, device: int, generation: int = 0, joins: int = 0) -> None:
        store = MemoryStore()
        store.put("join", joins.to_bytes(4, "big"))
        root = keys.root_key(COMMUNITY_KEY, device, generation)
        association = DeviceAssociation(
            root, device, codes.DOOR, store, self.random, lambda *_: None, {"join_spread_ms": 0}
        )
        link = self.links[device] = Link(association, [Bearer("line", 240)], store, self.random)
        link.start(self.now)
        self.settle()
        link.send(messages.HELLO, HELLO, self.now)

    def settle(self) -> None:
        moving = True
        while moving:
            moving = False
            for link in self.links.values():
                for _, data in link.poll(self.now):
                    moving = True
                    self.hub.receive("line", data, self.now)
            for device, bearer, data in self.hub.poll(self.now):
                moving = True
                assert bearer == "line"
                delivery = self.links[device].receive(0, data, self.now)
                if delivery is not None:
                    self.got[device].append((delivery.kind, delivery.fields))

    def send(self, device: int, kind: int, **fields) -> None:
        self.links[device].send(kind, fields, self.now)
        self.settle()


def test_each_device_is_heard_under_its_own_keys():
    world = World(1, 2, 3)
    for device in (1, 2, 3):
        world.send(device, messages.READING, time=1, volume_l=device, flags=0)
    readings = [(device, fields["volume_l"]) for device, kind, fields in world.heard if kind == 17]
    assert readings == [(1, 1), (2, 2), (3, 3)]


def test_an_unknown_device_or_bearer_is_counted_and_left_alone():
    world = World(1)
    world.hub.receive("line", bytes(40), 0)
    world.hub.receive("line", b"", 0)
    world.hub.receive("radio", bytes((0x40, 0x13, 0, 0, 0, 1)) + bytes(30), 0)
    assert world.hub.unknown_devices == 3
    assert world.hub.poll(0) == []


def test_an_event_counts_once_though_the_hub_forgot_its_link():
    world = World(1)
    world.send(1, messages.EVENT, sequence=7, time=1, code=codes.GRANTED)
    world.send(1, messages.EVENT, sequence=7, time=1, code=codes.GRANTED)
    assert sum(kind == messages.EVENT for _, kind, _ in world.heard) == 1


def test_an_alarm_is_one_incident_and_a_repeated_one_is_told_its_state_again():
    world = World(1)
    world.send(1, messages.ALARM, incident=4, time=0, cause=codes.PRESS)
    assert world.got[1] == []
    world.hub.set_alarm_state(1, 4, codes.RECEIVED, world.now)
    world.settle()
    world.send(1, messages.ALARM, incident=4, time=0, cause=codes.PRESS, presses=3)
    status = (messages.ALARM_STATUS, {"incident": 4, "state": codes.RECEIVED})
    assert world.got[1] == [status, status]
    (incident,) = world.hub.incidents()
    assert (incident.presses, incident.device) == (3, 1)
    assert sum(kind == messages.ALARM for _, kind, _ in world.heard) == 1
    world.hub.set_alarm_state(1, 4, codes.CLOSED, world.now)
    assert not any(incident.open for incident in world.hub.incidents())


def test_an_incident_never_goes_back_and_an_unknown_one_is_an_error():
    incidents = DeviceIncidents(1, MemoryStore(), "incidents")
    incidents.report({"incident": 2, "cause": 1})
    incidents.advance(2, codes.HELP_COMING)
    assert incidents.advance(2, codes.RECEIVED).state == codes.HELP_COMING
    with pytest.raises(KeyError):
        incidents.advance(3, codes.RECEIVED)


def test_old_closed_incidents_are_forgotten_and_open_ones_never():
    store = MemoryStore()
    incidents = DeviceIncidents(1, store, "incidents")
    for number in range(40):
        incidents.report({"incident": number, "cause": 1})
        if number != 3:
            incidents.advance(number, codes.CLOSED)
    again = DeviceIncidents(1, store, "incidents")
    assert list(again) == list(incidents)
    assert [each.number for each in again] == [3, *range(25, 40)]


def test_a_hub_that_restarts_counts_nothing_twice():
    world = World(1)
    world.send(1, messages.EVENT, sequence=7, time=1, code=codes.GRANTED)
    world.send(1, messages.ALARM, incident=4, time=0, cause=codes.PRESS)
    world.hub.set_alarm_state(1, 4, codes.HELP_COMING, world.now)
    world.settle()
    world.start_hub()
    heard = len(world.heard)
    world.send(1, messages.EVENT, sequence=7, time=1, code=codes.GRANTED)
    world.send(1, messages.ALARM, incident=4, time=0, cause=codes.PRESS)
    world.send(1, messages.EVENT, sequence=8, time=1, code=codes.GRANTED)
    assert [fields.get("sequence") for _, _, fields in world.heard[heard:]] == [8]
    status = (messages.ALARM_STATUS, {"incident": 4, "state": codes.HELP_COMING})
    assert world.got[1].count(status) == 2


def test_a_command_reaches_its_device_with_its_expiry():
    world = World(1, 2)
    number = world.hub.command(2, codes.RELEASE_DOOR, world.now, lifetime_s=30, argument=5)
    world.settle()
    fields = {"id": number, "expires": UNIX_S + 30, "operation": 1, "argument": 5}
    assert world.got == {1: [], 2: [(messages.COMMAND, fields)]}


def test_command_numbers_go_on_after_a_restart_of_the_hub():
    world = World(1)
    first = world.hub.command(1, codes.READ_NOW, world.now, lifetime_s=30)
    world.start_hub()
    assert world.hub.command(1, codes.READ_NOW, world.now, lifetime_s=30) > first


def test_commands_are_numbered_by_device():
    world = World(1, 2)
    for _ in range(70):
        world.hub.command(1, codes.READ_NOW, world.now, lifetime_s=30)
    assert world.hub.command(2, codes.READ_NOW, world.now, lifetime_s=30) == 0


def test_a_device_of_the_next_generation_starts_without_a_past():
    world = World(1)
    world.send(1, messages.EVENT, sequence=0, time=1, code=codes.GRANTED)
    world.send(1, messages.ALARM, incident=1, time=0, cause=codes.PRESS)
    world.hub.set_alarm_state(1, 1, codes.CLOSED, world.now)
    world.hub.enrol(1, [Bearer("line", 240)], generation=1)
    world.start_device(1, generation=1)
    world.settle()
    world.send(1, messages.EVENT, sequence=0, time=1, code=codes.GRANTED)
    world.send(1, messages.ALARM, incident=1, time=0, cause=codes.PRESS)
    assert sum(kind == messages.EVENT for _, kind, _ in world.heard) == 2
    assert sum(kind == messages.ALARM for _, kind, _ in world.heard) == 2
    assert len(list(world.hub.incidents())) == 1


def test_a_button_that_lost_its_store_is_heard_though_its_numbers_begin_anew():
    world = World(1)
    world.send(1, messages.EVENT, sequence=0, time=1, code=codes.SAFE_MODE)
    world.send(1, messages.ALARM, incident=1, time=0, cause=codes.PRESS)
    world.hub.set_alarm_state(1, 1, codes.CLOSED, world.now)
    world.start_device(1, joins=40_000)
    world.settle()
    world.got[1].clear()
    world.send(1, messages.EVENT, sequence=0, time=1, code=codes.SAFE_MODE)
    world.send(1, messages.ALARM, incident=1, time=0, cause=codes.PRESS)
    assert sum(kind == messages.EVENT for _, kind, _ in world.heard) == 2
    assert sum(kind == messages.ALARM for _, kind, _ in world.heard) == 2
    assert world.got[1] == []
    assert len(list(world.hub.incidents())) == 1


def test_an_alarm_stays_known_though_its_button_joined_in_vain_for_days():
    world = World(1)
    world.send(1, messages.ALARM, incident=1, time=0, cause=codes.PRESS)
    world.start_device(1, joins=14_400)
    world.settle()
    world.send(1, messages.ALARM, incident=1, time=0, cause=codes.PRESS)
    assert sum(kind == messages.ALARM for _, kind, _ in world.heard) == 1
    assert world.hub.set_alarm_state(1, 1, codes.CLOSED, world.now).presses == 1


def test_a_device_that_joins_again_with_its_store_keeps_its_numbers():
    world = World(1)
    world.send(1, messages.EVENT, sequence=0, time=1, code=codes.GRANTED)
    world.send(1, messages.ALARM, incident=1, time=0, cause=codes.PRESS)
    world.links[1].rejoin(world.now)
    world.settle()
    world.send(1, messages.EVENT, sequence=0, time=1, code=codes.GRANTED)
    world.send(1, messages.ALARM, incident=1, time=0, cause=codes.PRESS)
    assert sum(kind == messages.EVENT for _, kind, _ in world.heard) == 1
    assert sum(kind == messages.ALARM for _, kind, _ in world.heard) == 1


def test_a_command_that_finds_nobody_is_dropped_at_its_expiry():
    world = World(1)
    del world.links[1]
    link = world.hub.peers[1].link
    world.hub.command(1, codes.RELEASE_DOOR, world.now, lifetime_s=30)
    while world.hub.next_deadline() is not None and world.hub.next_deadline() <= 40_000:
        world.now = world.hub.next_deadline()
        world.hub.poll(world.now)
    assert link.expired == 1


def test_an_access_list_travels_in_steps_each_after_the_other_is_in_force():
    world = World(1)
    cards = [(ADD, Credential(card_token(34, 1, number), number)) for number in range(60)]
    source = world.hub.peers[1].access_list
    source.publish(cards)
    version = 0
    world.send(1, messages.HELLO, **HELLO)
    received = 0
    while version < len(source.steps):
        kind, fields = world.got[1][-1]
        assert kind == messages.ACCESS_LIST
        assert (fields["base"], fields["version"]) == (version, version + 1)
        received += len(decode_changes(fields["changes"]))
        version += 1
        world.send(
            1,
            messages.EVENT,
            sequence=version,
            time=1,
            code=codes.LIST_UPDATED,
            subject=version,
        )
    assert received == 60
    assert source.next_step() is None


def test_a_door_that_refuses_a_step_is_sent_the_one_it_needs():
    source = AccessListSource([b"a", b"b", b"c"])
    assert source.next_step() is None, "the door has not said what it has"
    source.reported(1)
    assert source.next_step()["base"] == 1
    assert source.next_step() is None, "one step is under way"
    source.reported(0)
    assert source.next_step()["base"] == 0


def test_a_list_that_begins_anew_starts_from_an_empty_one_whatever_the_door_has():
    for there in (0, 3, 5):
        source = AccessListSource([b"a", b"b"], floor=5, version=there)
        assert source.next_step() == {"base": 0, "version": 6, "changes": b"a"}
        source.reported(6)
        assert source.next_step() == {"base": 6, "version": 7, "changes": b"b"}
        source.reported(7)
        assert source.next_step() is None


def test_a_step_that_is_refused_where_the_door_is_is_not_sent_over_and_over():
    source = AccessListSource([b"a", b"b"], version=1)
    assert source.next_step()["version"] == 2
    source.refused(1)
    assert source.next_step() is None
    source.refused(0)
    assert source.next_step()["version"] == 1
    source.reported(1)
    assert source.next_step()["version"] == 2, "the door has started anew"


def test_a_device_that_is_known_no_more_is_heard_no_more_and_its_past_stays():
    world = World(1, 2)
    world.send(1, messages.EVENT, sequence=0, time=1, code=codes.TAMPER)
    world.hub.command(1, codes.READ_NOW, world.now, 60)
    world.hub.retire(1)
    world.settle()
    assert world.hub.poll(world.now + 10_000_000) == []
    heard = len(world.heard)
    world.send(1, messages.EVENT, sequence=1, time=1, code=codes.TAMPER)
    world.send(2, messages.EVENT, sequence=0, time=1, code=codes.TAMPER)
    assert [device for device, _, _ in world.heard[heard:]] == [2]
    world.hub.retire(1)
    world.hub.enrol(1, [Bearer("line", 240)])
    assert not world.hub.peers[1].events.add(0)


def test_time_is_sent_again_after_a_day():
    world = World(1)
    world.now = 25 * 3_600_000
    world.send(1, messages.READING, time=1, volume_l=0, flags=0)
    time = (messages.TIME, {"time": UNIX_S + 25 * 3_600, "utc_offset_min": 480})
    assert world.got[1] == [time]


def test_a_time_that_was_kept_from_a_sleeping_device_is_told_anew_at_its_next_contact():
    world = World(1, contact_ms=900)
    world.now = 25 * 3_600_000
    # The command takes the window and is lost, so that this time would be told an hour late.
    world.hub.command(1, codes.READ_NOW, world.now, 86_400)
    world.links[1].send(messages.HEALTH, {"time": 1, "uptime_s": 1}, world.now)
    for _, data in world.links[1].poll(world.now):
        world.hub.receive("line", data, world.now)
    assert [data[1] for _, _, data in world.hub.poll(world.now)] == [messages.COMMAND]
    world.now += 3_600_000
    world.settle()
    world.send(1, messages.HEALTH, time=1, uptime_s=1)
    times = [fields["time"] for kind, fields in world.got[1] if kind == messages.TIME]
    assert times == [UNIX_S + world.now // 1000]


def test_the_ledger_takes_each_number_once_in_any_order():
    ledger = EventLedger(MemoryStore(), "events")
    assert [ledger.add(number) for number in (2, 0, 2, 1, 0, 3)] == [
        True,
        True,
        False,
        True,
        False,
        True,
    ]
    assert ledger.floor == 4


def test_the_ledger_knows_how_many_are_missing():
    ledger = EventLedger(MemoryStore(), "events")
    for sequence, missing in ((0, 0), (1, 0), (5, 3), (9, 6), (4, 5), (2, 4), (3, 3)):
        ledger.add(sequence)
        assert ledger.missing == missing


def test_the_ledger_forgets_gaps_that_will_never_be_filled():
    ledger = EventLedger(MemoryStore(), "events")
    for number in range(10, SPAN + 20):
        ledger.add(number)
    assert ledger.floor == SPAN + 20
    assert not ledger.add(5)


@given(st.lists(st.integers(0, 60), max_size=120))
def test_the_ledger_is_a_set_that_outlives_its_hub(sequences):
    store = MemoryStore()
    seen = set()
    for number in sequences:
        assert EventLedger(store, "events").add(number) == (number not in seen)
        seen.add(number)
        floor = EventLedger(store, "events").floor
        assert floor not in seen and seen.issuperset(range(floor))
