"""Whole devices, app to link, against the hub's end of the link: what an installer would see."""

from installed import ADDRESS, UNIX_S, Site
from linli_firmware.actions import Send
from linli_firmware.apps.door import Door
from linli_firmware.clock import Clock
from linli_firmware.device import GREETING_MS
from linli_protocol import codes, deltas, messages
from linli_protocol.access_list import ADD, Credential, card_token, encode_changes

FRAME_26 = 0b10111101100010001110101110


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


def test_a_device_that_says_nothing_greets_on_a_new_connection():
    site = Site(codes.DOOR)
    site.run(5)
    site.device.connected(0, site.now)
    site.run(GREETING_MS // 1000)
    assert len(site.heard(messages.HELLO)) == 2
    site.run(60)
    assert len(site.heard(messages.HELLO)) == 2


def test_a_device_that_was_answered_on_its_connection_need_not_greet():
    site = Site(codes.DOOR)
    site.run(5)
    site.device.connected(0, site.now)
    site.app.read_card(FRAME_26, 26, site.now)
    site.run(60)
    assert site.codes() == [codes.DENIED_UNKNOWN]
    assert len(site.heard(messages.HELLO)) == 1


def test_a_device_that_has_not_joined_greets_once_it_has():
    site = Site(codes.DOOR)
    site.line_up = False
    site.device.connected(0, site.now)
    site.run(30)
    site.line_up = True
    site.run(60)
    assert len(site.heard(messages.HELLO)) == 1


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


class Updates:
    """Takes UPDATE messages as the node does."""

    def __init__(self):
        self.taken = []

    def on_update(self, fields, now):
        self.taken.append((fields["image"], fields["offset"], now))


def test_updates_go_to_who_takes_them_and_the_answer_goes_out():
    site = Site(codes.DOOR)
    site.updates = Updates()
    site.power_on()
    site.run(5)
    chunk = {"image": 7, "offset": 0, "total": 9000, "data": bytes(64)}
    site.hub.send(messages.UPDATE, chunk, site.now)
    site.settle()
    assert site.updates.taken == [(7, 0, site.now)]
    status = {"image": 7, "offset": 64, "state": codes.UPDATE_RECEIVING}
    site.device.send(Send(messages.UPDATE_STATUS, status), site.now)
    site.settle()
    assert site.heard(messages.UPDATE_STATUS) == [status]


def test_a_device_that_takes_no_updates_goes_on():
    site = Site(codes.DOOR)
    site.run(5)
    chunk = {"image": 7, "offset": 0, "total": 9000, "data": bytes(64)}
    site.hub.send(messages.UPDATE, chunk, site.now)
    site.run(5)
    assert site.heard(messages.UPDATE_STATUS) == []


def test_whoever_owns_the_store_may_destroy_it_in_its_own_way():
    site = Site(codes.DOOR)
    calls = []
    site.wipe = lambda: calls.append(site.now)
    site.power_on()
    site.run(5)
    farewell = {"id": 1, "expires": UNIX_S + 3600, "device": ADDRESS}
    site.hub.send(messages.DECOMMISSION, farewell, site.now)
    site.run(20)
    assert not site.device.decommissioned and not calls
    site.run(40)
    assert site.device.decommissioned and len(calls) == 1
    assert site.store.get("session") is not None
    site.power_on()
    assert site.device.decommissioned and len(calls) == 2
    assert site.device.next_deadline() is None


def test_the_node_reports_events_of_its_own():
    site = Site(codes.PANIC)
    site.device.report(codes.SAFE_MODE, site.now)
    site.run(5)
    site.device.report(codes.TASK_RESTARTED, site.now, 3, 2)
    site.run(5)
    events = site.heard(messages.EVENT)
    assert [(e["code"], e["time"]) for e in events] == [
        (codes.SAFE_MODE, 0),
        (codes.TASK_RESTARTED, UNIX_S + 5),
    ]
    assert (events[1]["subject"], events[1]["detail"]) == (3, 2)


# Friday 2027-01-15, 08:00 UTC; in UTC+8 it is 16:00.
OFFICE_HOURS = {1: [{"days": 31, "from_minute": 9 * 60, "to_minute": 17 * 60}]}


def office(offset_min, next_change=None, next_offset_min=None):
    """Return a site whose only card has a schedule, told its local time."""
    site = Site(codes.DOOR, {"schedules": OFFICE_HOURS})
    site.app.set_contact(False, 0)
    site.run(5)
    credential = Credential(card_token(26, 123, 4567), 9, schedule=1)
    fields = {"base": 0, "version": 1, "changes": encode_changes([(ADD, credential)])}
    site.hub.send(messages.ACCESS_LIST, fields, site.now)
    fields = {"time": UNIX_S + site.now // 1000, "utc_offset_min": offset_min}
    if next_change is not None:
        fields["next_change"] = next_change
        fields["next_offset_min"] = next_offset_min
    site.hub.send(messages.TIME, fields, site.now)
    site.run(5)
    return site


def opens(site, unix_s):
    """Cut the power, start at `unix_s` without the hub and tell whether the card opens."""
    site.line_up = False
    site.run(60)
    site.power_on(unix_s=unix_s)
    site.app.set_contact(False, site.now)
    site.run(1)
    site.outputs.clear()
    site.app.read_card(FRAME_26, 26, site.now)
    site.run(1)
    return ("strike", 1) in [(output.name, output.value) for output in site.outputs]


def test_schedules_hold_in_local_time_after_a_power_cut_without_the_hub():
    site = office(480)
    assert opens(site, UNIX_S + 1800)  # 16:30
    assert not opens(site, UNIX_S + 2 * 3600)  # 18:00, and 10:00 in UTC
    assert not opens(site, None)


def test_the_next_change_of_the_offset_outlives_a_power_cut_too():
    site = office(480, UNIX_S + 86400 * 3, 540)
    assert opens(site, UNIX_S + 1800)
    assert not opens(site, UNIX_S + 86400 * 4)  # Tuesday, 17:00 in summer time
    assert opens(site, UNIX_S + 86400 * 4 - 3600)


def test_a_join_does_not_forget_the_next_change_and_flash_is_written_when_it_changes():
    site = office(0, UNIX_S + 86400, 60)
    writes = []
    put = site.store.put
    site.store.put = lambda key, value: writes.append(key) or put(key, value)
    site.device.link.rejoin(site.now)
    fields = {"time": UNIX_S + site.now // 1000, "utc_offset_min": 0}
    fields["next_change"], fields["next_offset_min"] = UNIX_S + 86400, 60
    site.hub.send(messages.TIME, fields, site.now)
    site.run(30)
    assert "session" in writes and "zone" not in writes
    assert site.device.clock.local(UNIX_S + 86400) == UNIX_S + 86400 + 3600
    fields["utc_offset_min"] = 60
    fields["time"] = UNIX_S + site.now // 1000
    site.hub.send(messages.TIME, fields, site.now)
    site.settle()
    assert writes.count("zone") == 1
