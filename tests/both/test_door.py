"""The door: who may pass, what the strike does, and that nothing else moves it."""

from doors import (
    ALICE,
    BOB,
    GUEST,
    GUEST_UNTIL,
    OFFICE,
    STRANGER,
    closed_door,
    command,
    events,
    frame,
    last_event,
    show,
)
from linli_firmware import log_transfer, patterns
from linli_firmware.actions import Decommission, Rejoin
from linli_firmware.apps import door as door_module
from linli_firmware.apps.door import Door
from linli_firmware.store import MemoryStore
from linli_protocol import codes, messages
from power import cut_everywhere
from rig import DAY_MS, HOUR_MS, MONDAY, Rig
from support import raises

HOUR_S = 3600


def test_a_resident_gets_in():
    door = closed_door()
    show(door, ALICE)
    assert door.levels["strike"] == 1
    assert last_event(door)["code"] == codes.GRANTED
    assert last_event(door)["subject"] == ALICE
    assert last_event(door)["time"] == MONDAY + 1


def test_the_strike_is_released_for_exactly_its_time():
    door = closed_door({"release_s": 7})
    show(door, ALICE)
    door.run(6999)
    assert door.levels["strike"] == 1
    door.run(1)
    assert door.levels["strike"] == 0


def test_a_second_card_begins_the_release_again():
    door = closed_door()
    show(door, ALICE)
    door.run(4000)
    show(door, BOB)
    door.run(4999)
    assert door.levels["strike"] == 1
    door.run(1)
    assert door.levels["strike"] == 0


def test_a_card_does_not_shorten_a_longer_release():
    door = closed_door()
    command(door, 1, codes.RELEASE_DOOR, 60)
    show(door, ALICE)
    door.run(59999)
    assert door.levels["strike"] == 1
    door.run(1)
    assert door.levels["strike"] == 0


def test_a_stranger_stays_out_and_is_logged():
    door = closed_door()
    show(door, STRANGER)
    assert door.levels["strike"] == 0
    assert door.levels["buzzer"] == patterns.DENIED
    assert last_event(door)["code"] == codes.DENIED_UNKNOWN
    assert last_event(door)["subject"] == 7 << 16 | STRANGER


def test_a_disturbed_frame_opens_nothing_and_is_counted():
    door = closed_door()
    for bit in range(34):
        door.do("read_card", frame(ALICE) ^ 1 << bit, 34)
    assert door.levels["strike"] == 0
    assert door.app.unreadable == 34
    assert events(door) == []


def test_a_guest_gets_in_until_the_last_second():
    door = closed_door(unix_s=GUEST_UNTIL - 10)
    door.run(8000)
    show(door, GUEST)
    assert last_event(door)["code"] == codes.GRANTED
    door.run(1000)
    show(door, GUEST)
    assert last_event(door)["code"] == codes.DENIED_EXPIRED


def test_the_office_opens_by_its_schedule():
    door = closed_door(unix_s=MONDAY + 8 * HOUR_S - 2)
    show(door, OFFICE)
    assert last_event(door)["code"] == codes.DENIED_SCHEDULE
    door.run(1000)
    show(door, OFFICE)
    assert last_event(door)["code"] == codes.GRANTED


def test_without_time_residents_get_in_and_guests_do_not():
    door = closed_door(unix_s=None)
    show(door, GUEST)
    show(door, OFFICE)
    sent = door.sent(messages.EVENT)[-2:]
    assert [each["code"] for each in sent] == [codes.DENIED_EXPIRED, codes.DENIED_SCHEDULE]
    assert [each["detail"] for each in sent] == [door_module.NO_TIME] * 2
    assert door.levels["strike"] == 0
    show(door, ALICE)
    assert door.levels["strike"] == 1
    assert last_event(door)["time"] == 0


def test_a_clock_set_back_does_not_bring_a_guest_back():
    store = MemoryStore()
    door = closed_door(store=store, unix_s=GUEST_UNTIL + HOUR_S)
    door.set_time(MONDAY)
    show(door, GUEST)
    assert last_event(door)["code"] == codes.DENIED_EXPIRED
    again = closed_door(store=store, unix_s=MONDAY)
    show(again, GUEST)
    assert last_event(again)["code"] == codes.DENIED_EXPIRED


def test_door_stays_locked_when_the_uplink_goes_and_returns():
    door = closed_door()
    door.online = False
    before = len(door.actions)
    door.run(5 * DAY_MS)
    door.connect()
    door.run(DAY_MS)
    assert door.levels["strike"] == 0
    assert not [each for each in door.actions[before:] if getattr(each, "name", 0) == "strike"]


def test_five_days_offline_every_decision_is_made_and_later_told_once_and_in_order():
    door = closed_door()
    door.online = False
    told = len(door.sent(messages.EVENT))
    for _ in range(120):
        show(door, ALICE)
        assert door.levels["strike"] == 1
        door.run(HOUR_MS)
        assert door.levels["strike"] == 0
    door.connect()
    door.run(HOUR_MS)
    sent = door.sent(messages.EVENT)[told:]
    assert [each["sequence"] for each in sent] == list(range(told, told + len(sent)))
    assert [each["code"] for each in sent].count(codes.GRANTED) == 120


def test_an_open_command_that_waited_96_hours_is_dead():
    door = closed_door()
    assert command(door, 1, codes.RELEASE_DOOR, expires_in_s=-96 * HOUR_S) == codes.EXPIRED
    assert door.levels["strike"] == 0


def test_an_open_command_opens_once():
    door = closed_door()
    assert command(door, 1, codes.RELEASE_DOOR, 20) == codes.DONE
    assert last_event(door)["code"] == codes.REMOTE_RELEASED
    door.run(19999)
    assert door.levels["strike"] == 1
    door.run(1)
    assert door.levels["strike"] == 0
    assert command(door, 1, codes.RELEASE_DOOR, 20) == codes.REPEATED
    assert door.levels["strike"] == 0


def test_a_release_shorter_than_the_standard_allows_fails():
    door = closed_door()
    assert command(door, 1, codes.RELEASE_DOOR, 2) == codes.FAILED
    assert door.levels["strike"] == 0
    assert "release_s" in str(raises(ValueError, closed_door, {"release_s": 2}))


def test_a_command_for_another_kind_of_device_is_unknown():
    door = closed_door()
    assert command(door, 1, codes.OPEN_VALVE) == codes.UNKNOWN


def test_rekeying_and_decommissioning_are_passed_on():
    door = closed_door()
    assert command(door, 1, codes.REKEY) == codes.DONE
    assert isinstance(door.actions[-1], Rejoin)
    fields = {"id": 2, "expires": MONDAY + 60, "device": 8}
    door.do("on_message", messages.DECOMMISSION, fields)
    assert door.sent(messages.RESULT)[-1]["status"] == codes.FAILED
    fields["device"] = 9
    door.do("on_message", messages.DECOMMISSION, fields)
    assert isinstance(door.actions[-1], Decommission)


def test_the_exit_button_opens_and_its_bounces_do_not_count():
    door = closed_door()
    for pressed in (True, False, True):
        door.do("set_exit_button", pressed)
        door.run(10)
    door.run(100)
    assert events(door) == [codes.EXIT_REQUESTED]
    assert door.levels["strike"] == 1


def test_an_input_of_400_ms_is_processed():
    door = closed_door({"exit_steady_ms": 400})
    door.do("set_exit_button", True)
    door.run(400)
    door.do("set_exit_button", False)
    assert events(door) == [codes.EXIT_REQUESTED]
    assert "exit_steady_ms" in str(raises(ValueError, closed_door, {"exit_steady_ms": 401}))


def test_a_door_opened_without_leave_is_forced_until_it_is_closed():
    door = closed_door()
    door.do("set_contact", True)
    door.run(1000)
    assert events(door) == [codes.FORCED]
    door.do("set_contact", False)
    door.run(1000)
    assert events(door) == [codes.FORCED, codes.SECURED]
    assert door.levels["buzzer"] == patterns.OFF


def test_a_door_that_rattles_is_not_forced():
    door = closed_door()
    for _ in range(50):
        door.do("set_contact", True)
        door.run(60)
        door.do("set_contact", False)
        door.run(60)
    assert events(door) == []


def test_a_door_held_open_is_told_and_so_is_its_closing():
    door = closed_door()
    show(door, ALICE)
    door.run(2000)
    door.do("set_contact", True)
    door.run(9999)
    assert events(door) == [codes.GRANTED]
    door.run(1)
    assert events(door) == [codes.GRANTED, codes.HELD_OPEN]
    assert door.levels["buzzer"] == patterns.HELD_OPEN
    door.do("set_contact", False)
    door.run(1000)
    assert events(door)[-1] == codes.SECURED


def test_a_door_opened_in_the_last_moment_is_not_forced():
    door = closed_door()
    show(door, ALICE)
    door.run(4950)
    door.do("set_contact", True)
    door.run(5000)
    door.do("set_contact", False)
    door.run(1000)
    assert events(door) == [codes.GRANTED]


def test_a_door_that_stays_closed_after_a_grant_is_told():
    door = closed_door()
    show(door, ALICE)
    door.run(10000)
    assert events(door) == [codes.GRANTED, codes.NOT_OPENED]


def test_a_door_found_open_at_the_start_is_timed_and_not_called_forced():
    store = MemoryStore()
    closed_door(store=store)
    again = Rig(Door, {}, store)
    again.do("set_contact", True)
    again.run(HOUR_MS)
    assert events(again) == [codes.HELD_OPEN]


def test_tamper_and_mains_are_told_once_each_way():
    store = MemoryStore()
    door = closed_door(store=store)
    door.do("set_tamper", True)
    door.run(500)
    door.do("set_mains", False)
    door.do("set_mains", False)
    again = closed_door(store=store)
    again.do("set_tamper", True)
    again.run(500)
    again.do("set_mains", False)
    again.do("set_tamper", False)
    again.run(500)
    again.do("set_mains", True)
    assert events(door) == [codes.TAMPER, codes.MAINS_FAILED]
    assert events(again) == [codes.TAMPER_ENDED, codes.MAINS_RESTORED]


def test_an_emergency_release_lasts_over_a_restart_until_it_is_ended():
    store = MemoryStore()
    door = closed_door(store=store)
    command(door, 1, codes.EMERGENCY_RELEASE)
    show(door, ALICE)
    door.run(HOUR_MS)
    assert door.levels["strike"] == 1
    again = closed_door(store=store)
    assert again.levels["strike"] == 1
    again.do("set_contact", True)
    again.run(HOUR_MS)
    assert codes.FORCED not in events(again) and codes.HELD_OPEN not in events(again)
    command(again, 2, codes.EMERGENCY_END)
    assert again.levels["strike"] == 0
    again.run(10000)
    assert events(again) == [codes.EMERGENCY_ENDED, codes.HELD_OPEN]


def test_a_grant_during_an_emergency_ends_with_it():
    door = closed_door()
    command(door, 1, codes.EMERGENCY_RELEASE)
    show(door, ALICE)
    command(door, 2, codes.EMERGENCY_END)
    door.do("set_contact", True)
    door.run(1000)
    assert events(door)[-1] == codes.FORCED


def test_a_restart_in_mid_release_locks_the_door():
    store = MemoryStore()
    show(closed_door(store=store), ALICE)
    assert closed_door(store=store).levels["strike"] == 0


def test_a_wrong_list_step_is_refused_with_the_version_in_force():
    door = closed_door()
    door.do("on_message", messages.ACCESS_LIST, {"base": 5, "version": 6, "changes": b""})
    assert last_event(door)["code"] == codes.LIST_REFUSED
    assert (last_event(door)["subject"], door.app.list_version) == (1, 1)


def test_the_event_log_can_be_read_back():
    door = closed_door()
    for _ in range(40):
        show(door, STRANGER)
    request = {"log": codes.EVENT_LOG, "first": 0, "count": 1000}
    door.do("on_message", messages.LOG_REQUEST, request)
    chunks = door.sent(messages.LOG_CHUNK)
    assert [each["first"] for each in chunks] == [0, 16, 32]
    assert len(b"".join([each["records"] for each in chunks])) == 41 * 16
    door.do("on_message", messages.LOG_REQUEST, {"log": codes.EVENT_LOG, "first": 99, "count": 1})
    assert door.sent(messages.LOG_CHUNK)[-1]["records"] == b""


def test_a_chunk_that_does_not_arrive_ends_the_transfer():
    door = closed_door()
    for _ in range(40):
        show(door, STRANGER)
    door.online = False
    request = {"log": codes.EVENT_LOG, "first": 0, "count": 1000}
    door.do("on_message", messages.LOG_REQUEST, request)
    door.do("on_outcome", log_transfer.TOKEN, False)
    assert len(door.sent(messages.LOG_CHUNK)) == 1


def test_two_persons_must_come_together():
    door = closed_door({"two_person": True})
    show(door, ALICE)
    assert door.levels["strike"] == 0
    show(door, ALICE)
    assert events(door) == [codes.DENIED_SECOND_PERSON]
    show(door, BOB)
    assert door.levels["strike"] == 1
    assert (last_event(door)["subject"], last_event(door)["detail"]) == (BOB, ALICE)
    door.run(HOUR_MS)
    show(door, ALICE)
    door.run(20000)
    assert last_event(door)["code"] == codes.DENIED_SECOND_PERSON
    show(door, BOB)
    assert door.levels["strike"] == 0


def test_anti_passback_keeps_a_lent_card_out_until_it_is_cleared():
    door = closed_door({"passback_s": 600})
    show(door, ALICE)
    door.run(10000)
    show(door, ALICE)
    assert last_event(door)["code"] == codes.DENIED_PASSBACK
    command(door, 1, codes.CLEAR_PASSBACK, ALICE)
    show(door, ALICE)
    assert last_event(door)["code"] == codes.GRANTED
    door.run(600000)
    show(door, ALICE)
    assert last_event(door)["code"] == codes.GRANTED


def test_polling_late_gives_the_same_account_as_polling_on_time():
    accounts = []
    for late in (False, True):
        door = closed_door()
        show(door, ALICE)
        door.run(3000)
        door.do("set_contact", True)
        (door.sleep if late else door.run)(60000)
        door.do("set_contact", False)
        (door.sleep if late else door.run)(60000)
        accounts.append([(each["code"], each["time"]) for each in door.sent(messages.EVENT)])
    assert accounts[0] == accounts[1]


def test_polling_more_often_changes_nothing():
    door = closed_door()
    show(door, ALICE)
    before = len(door.actions)
    for _ in range(1000):
        door.sleep(1)
    assert len(door.actions) == before


def test_no_power_cut_releases_the_strike_without_an_account_of_it():
    outputs = []

    def story(store):
        door = closed_door(store=store)
        outputs.append(door.actions)
        show(door, ALICE)
        door.run(20000)
        command(door, 1, codes.RELEASE_DOOR)
        door.run(20000)
        return True

    def check(store, result):
        released = [each for actions in outputs for each in actions]
        strikes = [each for each in released if getattr(each, "name", 0) == "strike" and each.value]
        outputs.clear()
        again = closed_door(store=store)
        assert again.levels["strike"] == 0
        kept = [store.read("events", index) for index in range(store.end("events"))]
        opened = [each for each in kept if each[14] in (codes.GRANTED, codes.REMOTE_RELEASED)]
        assert len(strikes) <= len(opened)
        sequences = [each["sequence"] for each in again.sent(messages.EVENT)]
        assert sequences == sorted(sequences)

    assert cut_everywhere(story, check) >= 20
