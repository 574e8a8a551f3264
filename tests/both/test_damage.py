"""Records that flash has lost read as None: a device goes on without them, whatever they were."""

from doors import ALICE, closed_door, events, show
from linli_firmware.apps.credentials import WRONG_BASE, Credentials
from linli_firmware.apps.doorway import EMERGENCY
from linli_firmware.apps.meter import Meter
from linli_firmware.apps.registers import HOUR_S, HOURLY, Registers
from linli_firmware.event_log import LOG, SPAN, EventLog
from linli_firmware.log_transfer import LogTransfer
from linli_firmware.store import MemoryStore
from linli_protocol import codes, deltas, messages
from linli_protocol.access_list import ADD, Credential, card_token, encode_changes
from rig import DAY_MS, HOUR_MS, Rig


class DamagedStore(MemoryStore):
    """Has lost the records named in `damaged` as (log, index)."""

    def __init__(self):
        super().__init__()
        self.damaged = set()

    def read(self, log, index):
        return None if (log, index) in self.damaged else super().read(log, index)


def adding(number):
    return encode_changes([(ADD, Credential(card_token(34, 0, number), number))])


def test_a_list_with_a_damaged_step_is_the_version_before_and_is_brought_up_to_date():
    store = DamagedStore()
    before = Credentials(store, 100)
    for version in range(1, 5):
        assert not before.apply(version - 1, version, adding(version))
    store.damaged.add(("credentials.steps", store.first("credentials.steps") + 1))
    list_ = Credentials(store, 100)
    assert list_.version == 2 and list_.count == 2
    assert list_.apply(4, 5, adding(5)) == WRONG_BASE
    for version in range(3, 6):
        assert not list_.apply(version - 1, version, adding(version))
    for each in (list_, Credentials(store, 100)):
        assert each.version == 5
        assert [each.find(card_token(34, 0, n)).person for n in range(1, 6)] == [1, 2, 3, 4, 5]


def test_a_door_with_a_damaged_step_still_opens():
    store = DamagedStore()
    closed_door(store=store)
    for version in range(1, 4):
        fields = {"base": version, "version": version + 1, "changes": adding(version)}
        closed_door(store=store).do("on_message", messages.ACCESS_LIST, fields)
    for index in range(store.first("credentials.steps"), store.end("credentials.steps")):
        store.damaged.add(("credentials.steps", index))
    door = closed_door(store=store)
    assert door.app.list_version == 1
    show(door, ALICE)
    assert door.levels["strike"] == 1


def test_damaged_events_do_not_hold_up_those_behind_them():
    store = DamagedStore()
    actions = []
    log = EventLog(store, actions, 1000)
    count = 2 * SPAN
    for number in range(count):
        log.append(codes.GRANTED, number)
    store.damaged = {(LOG, 0), (LOG, 5), (LOG, 6), (LOG, count - 1)}
    log = EventLog(store, actions, 1000)
    seen = []
    log.forward()
    while actions:
        sent = actions[:]
        actions.clear()
        for send in sent:
            seen.append(send.token)
            log.on_outcome(send.token, True)
        log.forward()
    assert seen == [n for n in range(count) if (LOG, n) not in store.damaged]
    assert log.lost == 4
    assert EventLog(store, actions, 1000).lost == 4


def test_an_event_that_is_damaged_before_it_is_repeated_is_given_up():
    store = DamagedStore()
    actions = []
    log = EventLog(store, actions, 1000)
    log.append(codes.GRANTED, 1)
    log.forward()
    assert log.on_outcome(0, False)
    store.damaged.add((LOG, 0))
    actions.clear()
    log.retry()
    log.forward()
    assert not actions and log.lost == 1


def test_an_urgent_event_overwritten_before_it_was_sent_counts_once():
    store = MemoryStore()
    actions = []
    log = EventLog(store, actions, 4, (codes.DURESS,))
    log.append(codes.DURESS, 1)
    for number in range(4):
        log.append(codes.GRANTED, number)
    log.forward()
    assert [send.token for send in actions] == [1, 2, 3, 4]
    assert log.lost == 1


def test_conditions_are_as_of_the_newest_event_that_can_be_read():
    store = DamagedStore()
    log = EventLog(store, [], 1000)
    log.append(codes.EMERGENCY_RELEASED, 1, state=EMERGENCY)
    log.append(codes.GRANTED, 2)
    store.damaged.add((LOG, 1))
    assert EventLog(store, [], 1000).state == EMERGENCY
    store.damaged.add((LOG, 0))
    assert EventLog(store, [], 1000).state == 0
    door = closed_door(store=store)
    assert events(door) == []


def test_a_log_transfer_leaves_damaged_records_out_under_right_numbers():
    store = DamagedStore()
    for number in range(12):
        store.append(LOG, bytes((number,)) * 16)
    store.damaged = {(LOG, n) for n in (0, 1, 4, 5, 11)}
    actions = []
    transfer = LogTransfer(store, actions, {codes.EVENT_LOG: LOG})
    transfer.request({"log": codes.EVENT_LOG, "first": 0, "count": 100})
    chunks = []
    while actions:
        chunks.append(actions.pop().fields)
        transfer.on_outcome(True)
    got = {}
    for chunk in chunks:
        for at in range(0, len(chunk["records"]), 16):
            got[chunk["first"] + at // 16] = chunk["records"][at]
    assert got == {n: n for n in (2, 3, 6, 7, 8, 9, 10)}


def test_a_log_transfer_of_nothing_but_damage_is_answered_empty():
    store = DamagedStore()
    store.append(LOG, bytes(16))
    store.damaged.add((LOG, 0))
    actions = []
    transfer = LogTransfer(store, actions, {codes.EVENT_LOG: LOG})
    transfer.request({"log": codes.EVENT_LOG, "first": 0, "count": 1})
    assert [action.fields["records"] for action in actions] == [b""]


def test_a_meter_freezes_a_damaged_newest_hour_again_and_reports_without_a_gap():
    store = DamagedStore()
    rig = Rig(Meter, {"device": 3}, store, online=False)
    for _ in range(5):
        rig.do("count_pulses", 2)
        rig.run(HOUR_MS)
    newest = store.end(HOURLY) - 1
    time_s = Registers(store).read(HOURLY, newest)[0]
    store.damaged.add((HOURLY, newest))
    again = Rig(Meter, {"device": 3}, store, rig.now, rig.clock.unix(rig.now))
    assert Registers(store).read(HOURLY, newest + 1)[0] == time_s
    again.run(DAY_MS)
    reports = again.sent(messages.READINGS)
    litres = [each for report in reports for each in deltas.decode(report["deltas"])]
    assert sum(litres) == 8 and reports[-1]["volume_l"] == 10


def test_a_meter_with_damage_amid_its_registers_goes_on():
    store = DamagedStore()
    rig = Rig(Meter, {"device": 3}, store, online=False)
    for _ in range(10):
        rig.do("count_pulses", 1)
        rig.run(HOUR_MS)
    store.damaged = {(HOURLY, 3), (HOURLY, 7), ("daily", 0), ("monthly", 0)}
    again = Rig(Meter, {"device": 3}, store, rig.now, rig.clock.unix(rig.now))
    again.run(DAY_MS)
    last_s = Registers(store).last(HOURLY)[0]
    assert last_s == (again.clock.unix(again.now)) // HOUR_S * HOUR_S
    assert again.sent(messages.READINGS)[-1]["volume_l"] == 10
