"""What the devices promise holds on flash, whichever program, erase or operation a cut hits."""

from doors import ALICE, BOB, KEY, SCHEDULES, STRANGER, command, frame, the_list
from linli_firmware.actions import Output, Send
from linli_firmware.apps.door import Door
from linli_firmware.apps.meter import Meter
from linli_firmware.apps.panic import Panic
from linli_firmware.apps.registers import HOURLY
from linli_firmware.clock import Clock
from linli_firmware.device import Device
from linli_firmware.storage.flash_store import FlashStore
from linli_protocol import association, codes, crypto, keys, messages
from linli_protocol.bearer import Bearer
from linli_protocol.hub_association import HubAssociation
from linli_protocol.link import Link
from power_cuts import cut_everywhere, with_small_bounds
from rig import HOUR_MS, MONDAY, Rig
from stores import Store
from support import Random

ADDRESS = 0x01020304
UNIX_S = 1_800_000_000


def start(memory, kind, config):
    """Return (rig of an app on the store in `memory`, that store)."""
    store = FlashStore(memory.files, memory.retained)
    return Rig(kind, config, store), store


def records(store, log):
    return [store.read(log, index) for index in range(store.first(log), store.end(log))]


# Doors.

DOOR = {"device": 9, "pin_key": KEY, "schedules": SCHEDULES, "events_kept": 32}


def strikes(rig):
    """Return how often the strike was released."""
    return sum(isinstance(each, Output) and each.name == "strike" for each in rig.actions) // 2


def test_no_power_cut_loses_a_line_of_a_door_s_log():
    def story(memory):
        rig, store = start(memory, Door, DOOR)

        def told():
            first = store.first("events")
            memory.note((first, records(store, "events"), strikes(rig)))
            store.tidy()

        told()
        rig.do("on_message", messages.ACCESS_LIST, the_list())
        rig.do("set_contact", False)
        rig.run(1000)
        told()
        for number, person in enumerate((ALICE, STRANGER, BOB) * 8):
            rig.do("read_card", frame(person), 34)
            told()
            rig.run(20000)
            told()
            if number % 5 == 0:
                command(rig, number + 1, codes.RELEASE_DOOR)
                told()
                rig.run(20000)
                told()

    def check(memory, facts):
        rig, store = start(memory, Door, DOOR)
        if not facts:
            return
        first, kept, released = facts[-1]
        now_first, now_kept = store.first("events"), records(store, "events")
        assert now_first >= first
        common = kept[now_first - first :]
        assert now_kept[: len(common)] == common, "a line is lost or another"
        assert len(now_kept) - len(common) <= 2, "lines that nobody wrote"
        assert None not in now_kept
        opened = [each for each in now_kept if each[14] in (codes.GRANTED, codes.REMOTE_RELEASED)]
        if now_first == 0:
            assert released <= len(opened)
        assert rig.levels["strike"] == 0
        # Delivery goes on under the old numbers, in order.
        sequences = [each["sequence"] for each in rig.sent(messages.EVENT)]
        assert sequences == sorted(sequences)

    assert with_small_bounds(lambda: cut_everywhere(story, check)) >= 400


# Meters.


def meter_story(memory):
    rig, store = start(memory, Meter, {"device": 5, "checkpoint_l": 10})
    for _ in range(36):
        for litres in (3, 0, 9):
            memory.note(("pulses", litres))
            rig.do("count_pulses", litres)
            memory.note(("counted", litres))
        rig.run(HOUR_MS)
        memory.note(("frozen", records(store, HOURLY)))
        store.tidy()


def poured(facts):
    """Return (litres acknowledged, litres that were being counted, hours frozen)."""
    sums = {"pulses": 0, "counted": 0}
    frozen = []
    for kind, what in facts:
        if kind == "frozen":
            frozen = what
        else:
            sums[kind] += what
    return sums["counted"], sums["pulses"] - sums["counted"], frozen


def check_registers(store, frozen):
    hours = records(store, HOURLY)
    assert hours[: len(frozen)] == frozen
    assert len(hours) - len(frozen) <= 1
    times = [int.from_bytes(each[:4], "big") for each in hours]
    assert times == [MONDAY + 3600 * (hour + 1) for hour in range(len(hours))]


def test_no_power_cut_loses_a_litre_or_counts_one_twice_while_the_battery_holds():
    def check(memory, facts):
        counted, pending, frozen = poured(facts)
        rig, store = start(memory, Meter, {"device": 5, "checkpoint_l": 10})
        assert rig.app.forward_ml in (counted * 1000, (counted + pending) * 1000)
        check_registers(store, frozen)

    assert with_small_bounds(lambda: cut_everywhere(meter_story, check)) >= 300


def test_without_a_battery_less_than_a_checkpoint_is_lost_and_nothing_counted_twice():
    def check(memory, facts):
        counted, pending, frozen = poured(facts)
        memory.retained.content = b""
        rig, store = start(memory, Meter, {"device": 5, "checkpoint_l": 10})
        assert counted * 1000 - 10000 < rig.app.forward_ml <= (counted + pending) * 1000
        check_registers(store, frozen)

    assert with_small_bounds(lambda: cut_everywhere(meter_story, check)) >= 300


# Panic buttons.


def test_an_incident_that_was_sent_survives_every_power_cut():
    def story(memory):
        rig, store = start(memory, Panic, {"device": 3})
        for number in range(1, 8):
            rig.app.set_button(True, rig.now)
            for each in rig.app.poll(rig.now):
                if isinstance(each, Send) and each.kind == messages.ALARM:
                    memory.note(("sent", each.fields["incident"]))
            rig.now += 500
            rig.do("set_button", False)
            for state in (codes.RECEIVED, codes.CLOSED):
                fields = {"incident": number, "state": state}
                rig.do("on_message", messages.ALARM_STATUS, fields)
                memory.note((state, number))
            rig.now += 5000
            store.tidy()

    def check(memory, facts):
        rig = start(memory, Panic, {"device": 3})[0]
        last = {"sent": 0, codes.RECEIVED: 0, codes.CLOSED: 0}
        last.update(facts)
        sent = last["sent"]
        open_incident = rig.app.open_incident
        told = [each["incident"] for each in rig.sent(messages.ALARM)]
        assert open_incident in (None, sent, sent + 1)
        if sent > last[codes.CLOSED] and open_incident != sent:
            assert last[codes.RECEIVED] == sent, "an incident is forgotten"
        if sent > last[codes.RECEIVED] and sent == open_incident:
            assert told in ([sent], [])  # told on, unless the cut hit the centre's receipt
        if open_incident:
            assert set(told) <= {open_incident}
            fields = {"incident": open_incident, "state": codes.CLOSED}
            rig.do("on_message", messages.ALARM_STATUS, fields)
        # The next incident never takes a number that was on the air.
        rig.do("set_button", True)
        assert rig.app.open_incident == max(sent, open_incident or 0) + 1

    assert with_small_bounds(lambda: cut_everywhere(story, check)) >= 100


# Sessions.


class SpiedAead:
    """Seals as `crypto.Aead` does and tells which key and nonce it used."""

    told = None

    def __init__(self, key):
        self._key = bytes(key)
        self._aead = _Aead(key)

    def seal(self, nonce, *args):
        SpiedAead.told(self._key + bytes(nonce))
        return self._aead.seal(nonce, *args)

    def open(self, *args):
        return self._aead.open(*args)


_Aead = crypto.Aead


def powered_device(memory, random):
    store = FlashStore(memory.files, memory.retained)
    clock = Clock()
    identity = {"device": ADDRESS, "device_kind": codes.PANIC, "firmware": 0x000100}
    root = keys.root_key(bytes(range(16)), ADDRESS)
    config = {"association": {"join_spread_ms": 0}}
    app = Panic({"device": ADDRESS, "heartbeat_s": 20}, store, clock)
    bearers = [Bearer("line", 240)]
    device = Device(identity, root, app, clock, bearers, store, random.bytes, config)
    device.start(0, codes.POWER_ON)
    return device, store


def test_no_nonce_is_used_twice_whichever_write_a_power_cut_hits():
    def story(memory):
        SpiedAead.told = memory.note
        random = Random(7)
        device, store = powered_device(memory, random)
        SpiedAead.told = lambda nonce: None
        root = keys.root_key(bytes(range(16)), ADDRESS)
        hub_association = HubAssociation(
            root, ADDRESS, Store(), random.bytes, lambda now: (UNIX_S + now // 1000, 0)
        )
        hub = Link(hub_association, [Bearer("line", 240)], Store(), random.bytes)
        for now in range(0, 4000 * 1000, 10 * 1000):
            if now == 3000 * 1000:
                device.link.rejoin(now)
            SpiedAead.told = memory.note
            packets = device.poll(now)[1]
            SpiedAead.told = lambda nonce: None
            for _, packet in packets:
                hub.receive(0, packet, now)
            answers = hub.poll(now)
            SpiedAead.told = memory.note
            for _, packet in answers:
                device.receive(0, packet, now)
            store.tidy()

    def check(memory, facts):
        used = set(facts)
        assert len(used) == len(facts)

        def told(nonce):
            assert nonce not in used, "a nonce is used again"
            used.add(nonce)

        SpiedAead.told = told
        device = powered_device(memory, Random(8))[0]
        before = len(used)
        for now in range(0, 200 * 1000, 20 * 1000):
            device.poll(now)
        assert len(used) > before

    crypto.Aead = association.Aead = SpiedAead
    try:
        assert with_small_bounds(lambda: cut_everywhere(story, check)) >= 100
    finally:
        crypto.Aead = association.Aead = _Aead
