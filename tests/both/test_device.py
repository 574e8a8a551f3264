"""Whole devices, app to link, against the hub's end of the link: what an installer would see."""

from linli_firmware.apps.door import Door
from linli_firmware.apps.meter import Meter
from linli_firmware.apps.panic import Panic
from linli_firmware.clock import Clock
from linli_firmware.device import Device
from linli_firmware.store import MemoryStore
from linli_protocol import codes, deltas, keys, messages
from linli_protocol.access_list import ADD, Credential, card_token, encode_changes
from linli_protocol.bearer import Bearer
from linli_protocol.hub_association import HubAssociation
from linli_protocol.link import Link
from support import Random

COMMUNITY_KEY = bytes(range(16))  # test key
ADDRESS = 0x01020304
UNIX_S = 1_800_000_000
FRAME_26 = 0b10111101100010001110101110
APPS = {codes.DOOR: Door, codes.METER: Meter, codes.PANIC: Panic}


class Site:
    """One device, the hub's link to it, and a line between them that a test may cut."""

    def __init__(self, kind, config=None):
        self.kind = kind
        self.config = {"device": ADDRESS}
        self.config.update(config or {})
        self.now = 0
        self.random = Random(7)
        self.line_up = True
        self.store = MemoryStore()
        self.hub_store = MemoryStore()
        self.outputs = []
        self.received = []
        self.sent = 0
        self.start_hub()
        self.power_on()

    def start_hub(self):
        """(Re)start the hub on its store."""
        root = keys.root_key(COMMUNITY_KEY, ADDRESS)
        association = HubAssociation(
            root, ADDRESS, self.hub_store, self.random.bytes, lambda now: (UNIX_S + now // 1000, 0)
        )
        self.hub = Link(association, [Bearer("line", 240)], self.hub_store, self.random.bytes)

    def power_on(self):
        """(Re)start the device on its store."""
        clock = Clock()
        self.app = APPS[self.kind](self.config, self.store, clock)
        identity = {"device": ADDRESS, "device_kind": self.kind, "firmware": 0x000100}
        root = keys.root_key(COMMUNITY_KEY, ADDRESS)
        bearers = [Bearer("line", 240)]
        self.device = Device(
            identity,
            root,
            self.app,
            clock,
            bearers,
            self.store,
            self.random.bytes,
            {"association": {"join_spread_ms": 0}},
        )
        self.device.start(self.now, codes.POWER_ON)

    def settle(self):
        """Let both ends do what is due now; packets take no time."""
        moving = True
        while moving:
            moving = False
            outputs, packets = self.device.poll(self.now)
            self.outputs += outputs
            for _, data in packets:
                moving = True
                self.sent += 1
                if self.line_up:
                    delivery = self.hub.receive(0, data, self.now)
                    if delivery is not None:
                        self.received.append(delivery)
            for _, data in self.hub.poll(self.now):
                moving = True
                if self.line_up:
                    self.device.receive(0, data, self.now)

    def run(self, seconds):
        """Let time pass."""
        end = self.now + seconds * 1000
        self.settle()
        while True:
            deadlines = (self.device.next_deadline(), self.hub.next_deadline())
            known = [deadline for deadline in deadlines if deadline is not None]
            if not known or min(known) > end:
                break
            assert min(known) > self.now, "a deadline that polling does not clear"
            self.now = min(known)
            self.settle()
        self.now = end
        self.settle()

    def heard(self, kind):
        """Return the fields of the messages of `kind` that the hub received."""
        return [delivery.fields for delivery in self.received if delivery.kind == kind]

    def codes(self):
        """Return the codes of the events received."""
        return [fields["code"] for fields in self.heard(messages.EVENT)]


def with_card(site):
    """Send the access list with one card, number 4567 of facility 123, person 9."""
    changes = encode_changes([(ADD, Credential(card_token(26, 123, 4567), 9))])
    fields = {"base": 0, "version": 1, "changes": changes}
    site.hub.send(messages.ACCESS_LIST, fields, site.now)
    site.run(1)
    return site


def test_a_device_greets_after_each_start():
    site = Site(codes.DOOR)
    site.run(5)
    site.power_on()
    site.run(5)
    boots = [fields["boots"] for fields in site.heard(messages.HELLO)]
    assert boots == [1, 2]
    assert site.heard(messages.HELLO)[0]["list_version"] == 0


def test_a_card_on_the_list_opens_at_once_and_the_hub_hears_of_it():
    site = Site(codes.DOOR)
    site.app.set_contact(False, 0)
    site.run(5)
    with_card(site)
    before = site.now
    site.app.read_card(FRAME_26, 26, site.now)
    site.settle()
    assert ("strike", 1) in [(output.name, output.value) for output in site.outputs]
    assert site.now == before
    granted = [e for e in site.heard(messages.EVENT) if e["code"] == codes.GRANTED]
    assert granted[0]["subject"] == 9 and granted[0]["time"] == UNIX_S + before // 1000


def test_120_hours_offline_are_forwarded_exactly_once():
    site = Site(codes.DOOR)
    site.app.set_contact(False, 0)
    site.run(5)
    with_card(site)
    site.received.clear()
    site.line_up = False
    for hour in range(120):
        site.app.read_card(FRAME_26, 26, site.now)
        site.run(3600)
        if hour == 60:
            site.power_on()
            site.app.set_contact(False, site.now)
    assert not site.received
    site.line_up = True
    site.run(4 * 3600)
    granted = [e for e in site.heard(messages.EVENT) if e["code"] == codes.GRANTED]
    sequences = [event["sequence"] for event in granted]
    assert len(sequences) == len(set(sequences)) == 120
    assert site.app.events.lost == 0


def test_a_command_opens_the_door_once_and_not_after_its_expiry():
    site = Site(codes.DOOR)
    site.app.set_contact(False, 0)
    site.run(5)
    command = {"id": 1, "expires": UNIX_S + 60, "operation": codes.RELEASE_DOOR}
    site.hub.send(messages.COMMAND, command, site.now)
    site.run(10)
    site.hub.send(messages.COMMAND, command, site.now)
    site.line_up = False
    late = {"id": 2, "expires": UNIX_S + 120, "operation": codes.RELEASE_DOOR}
    site.hub.send(messages.COMMAND, late, site.now)
    site.run(96 * 3600)
    site.line_up = True
    site.run(4 * 3600)
    results = [(fields["id"], fields["status"]) for fields in site.heard(messages.RESULT)]
    assert results == [(1, codes.DONE), (1, codes.REPEATED), (2, codes.EXPIRED)]
    assert [output.value for output in site.outputs if output.name == "strike"].count(1) == 1


def test_a_day_of_the_meter_arrives_and_adds_up():
    site = Site(codes.METER)
    site.run(5)
    litres = 0
    for hour in range(50):
        site.app.count_pulses(hour % 7, site.now)
        litres += hour % 7
        site.run(3600)
    reports = site.heard(messages.READINGS)
    assert len(reports) >= 2
    last = reports[-1]
    counted = sum([sum(deltas.decode(report["deltas"])) for report in reports])
    assert counted <= litres == site.app.forward_ml // 1000
    assert last["volume_l"] <= litres


def test_a_press_reaches_the_hub_in_the_same_instant_and_repeats_until_the_centre_has_it():
    site = Site(codes.PANIC)
    site.run(5)
    site.app.set_button(True, site.now)
    site.settle()
    assert len(site.heard(messages.ALARM)) == 1
    site.run(60)
    repeated = len(site.heard(messages.ALARM))
    assert repeated > 1
    incident = site.heard(messages.ALARM)[0]["incident"]
    received = {"incident": incident, "state": codes.RECEIVED}
    site.hub.send(messages.ALARM_STATUS, received, site.now)
    site.run(1800)
    assert len(site.heard(messages.ALARM)) == repeated
    assert {fields["incident"] for fields in site.heard(messages.ALARM)} == {incident}


def test_a_press_during_an_outage_arrives_after_it_even_through_a_power_cut():
    site = Site(codes.PANIC)
    site.run(5)
    site.line_up = False
    site.app.set_button(True, site.now)
    site.run(3600)
    site.power_on()
    site.run(3600)
    site.line_up = True
    site.run(300)
    assert {fields["incident"] for fields in site.heard(messages.ALARM)} == {1}


def test_the_heartbeat_tells_what_was_refused():
    site = Site(codes.PANIC, {"heartbeat_s": 3600})
    site.run(5)
    site.device.receive(0, bytes(40), site.now)
    site.run(2 * 3600)
    assert site.heard(messages.HEALTH)[-1]["refused"] == 1


def test_a_time_message_sets_clock_and_offset():
    site = Site(codes.DOOR)
    site.run(5)
    fields = {"time": UNIX_S + 50, "utc_offset_min": 480}
    site.hub.send(messages.TIME, fields, site.now)
    site.settle()
    assert site.device.clock.unix(site.now) == UNIX_S + 50
    assert site.device.clock.local(UNIX_S) == UNIX_S + 480 * 60


def test_a_time_that_was_held_back_is_not_believed_but_asked_for_anew():
    site = Site(codes.DOOR)
    site.run(5)
    fields = {"time": UNIX_S - 3600, "utc_offset_min": 0}
    site.hub.send(messages.TIME, fields, site.now)
    epoch = site.hub.association.current.epoch
    site.run(30)
    assert site.device.clock.unix(site.now) == UNIX_S + site.now // 1000
    assert site.hub.association.current.epoch == epoch + 1


def test_an_alarm_that_finds_no_session_at_the_hub_gets_through_within_a_minute():
    site = Site(codes.PANIC)
    site.run(5)
    site.hub_store.wipe()
    site.start_hub()
    site.run(3600)
    pressed = site.now
    site.app.set_button(True, site.now)
    while not site.heard(messages.ALARM):
        site.run(1)
    assert site.now - pressed <= 60_000


def test_a_press_while_joins_have_long_backed_off_hurries_the_join():
    site = Site(codes.PANIC)
    site.line_up = False
    site.run(24 * 3600)
    site.app.set_button(True, site.now)
    site.run(60)
    site.line_up = True
    back = site.now
    while not site.heard(messages.ALARM):
        site.run(1)
    assert site.now - back <= 60_000


def test_alarms_that_nobody_answers_do_not_pile_up():
    site = Site(codes.PANIC)
    site.run(5)
    site.line_up = False
    site.app.set_button(True, site.now)
    sent = 0
    for _ in range(60):
        before = site.sent
        site.run(600)
        sent = site.sent - before
    # Ten minutes of one alarm, repeated after 30 s to 45 s, and of joins that are in a hurry.
    assert sent <= 60
    site.line_up = True
    site.run(120)
    assert len(site.heard(messages.ALARM)) <= 8


def test_rekeying_on_command_changes_the_session():
    site = Site(codes.PANIC)
    site.run(5)
    before = site.hub.association.current.epoch
    command = {"id": 1, "expires": UNIX_S + 60, "operation": codes.REKEY}
    site.hub.send(messages.COMMAND, command, site.now)
    site.run(30)
    assert site.hub.association.current.epoch == before + 1
    assert [fields["status"] for fields in site.heard(messages.RESULT)] == [codes.DONE]


def test_a_power_cut_does_not_call_a_decommissioning_off():
    site = Site(codes.DOOR)
    site.run(5)
    farewell = {"id": 1, "expires": UNIX_S + 3600, "device": ADDRESS}
    site.hub.send(messages.DECOMMISSION, farewell, site.now)
    site.settle()
    site.power_on()
    site.settle()
    assert site.device.decommissioned
    assert site.store.get("session") is None


def test_a_decommissioned_device_tells_so_and_then_knows_nothing():
    site = Site(codes.DOOR)
    site.run(5)
    with_card(site)
    farewell = {"id": 1, "expires": UNIX_S + 3600, "device": ADDRESS}
    site.hub.send(messages.DECOMMISSION, farewell, site.now)
    site.run(60)
    assert [fields["status"] for fields in site.heard(messages.RESULT)] == [codes.DONE]
    assert site.device.decommissioned
    assert site.store.get("session") is None
    assert Door(site.config, site.store, Clock()).list_version == 0
    site.outputs.clear()
    site.app.read_card(FRAME_26, 26, site.now)
    site.settle()
    assert site.outputs == []
