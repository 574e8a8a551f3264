"""The panic button: one press is one incident, told until the centre has it."""

from linli_firmware import patterns
from linli_firmware.actions import Output, Send
from linli_firmware.apps.panic import ALARM_TOKEN, Panic
from linli_firmware.store import MemoryStore
from linli_protocol import codes, messages
from power import cut_everywhere
from rig import DAY_MS, MONDAY, Rig
from support import Random, raises


def button(config=None, store=None, **rig):
    settings = {"device": 3}
    settings.update(config or {})
    return Rig(Panic, settings, store or MemoryStore(), **rig)


def press(rig, held_ms=200):
    rig.do("set_button", True)
    rig.run(held_ms)
    rig.do("set_button", False)
    rig.run(200)


def alarms(rig):
    return rig.sent(messages.ALARM)


def status(rig, state, incident=1):
    rig.do("on_message", messages.ALARM_STATUS, {"incident": incident, "state": state})


def test_a_press_is_sent_in_the_same_poll():
    rig = button()
    rig.app.set_button(True, rig.now)
    send = next(each for each in rig.app.poll(rig.now) if isinstance(each, Send))
    assert (send.kind, send.token) == (messages.ALARM, ALARM_TOKEN - 1)
    assert send.fields == {"incident": 1, "time": MONDAY, "cause": codes.PRESS}
    assert messages.flags(send.kind) & messages.PRIORITY == messages.URGENT


def test_an_alarm_does_not_wait_for_the_clock():
    rig = button(unix_s=None)
    press(rig)
    assert alarms(rig)[0]["time"] == 0
    messages.encode(messages.ALARM, alarms(rig)[0])


def test_the_alarm_is_repeated_in_growing_steps_until_the_centre_has_it():
    rig = button({"repeat_s": 10, "repeat_max_s": 60})
    press(rig)
    sent_at = []
    for second in range(300):
        before = len(alarms(rig))
        rig.run(1000)
        if len(alarms(rig)) > before:
            sent_at.append(second)
    assert sent_at == [9, 29, 69, 129, 189, 249]
    status(rig, codes.RECEIVED)
    told = len(alarms(rig))
    rig.run(DAY_MS)
    assert len(alarms(rig)) == told
    assert {each["incident"] for each in alarms(rig)} == {1}


def test_the_hub_s_acknowledgement_is_not_the_centre_s():
    rig = button()
    press(rig)
    rig.run(60000)
    assert len(alarms(rig)) > 2
    assert rig.levels["led"] == patterns.SENDING


def test_while_the_link_is_at_it_the_app_does_not_pile_up_alarms():
    rig = button(online=False)
    press(rig)
    press(rig)
    rig.run(DAY_MS)
    assert len(alarms(rig)) == 1
    rig.conclude(True)
    assert alarms(rig)[-1]["presses"] == 2


def test_what_the_link_gave_up_is_sent_again_soon():
    rig = button(online=False)
    press(rig)
    rig.conclude(False)
    rig.run(10000)
    assert len(alarms(rig)) == 2


def test_a_long_press_is_an_alarm_too():
    rig = button()
    press(rig, held_ms=60000)
    assert rig.app.open_incident == 1
    assert alarms(rig)[0]["incident"] == 1


def test_bounces_are_not_presses():
    rig = button()
    for pressed in (True, False, True, False, True):
        rig.do("set_button", pressed)
        rig.run(5)
    rig.run(3000)
    for pressed in (False, True, False):
        rig.do("set_button", pressed)
        rig.run(5)
    rig.run(3000)
    assert [each.get("presses") for each in alarms(rig)] == [None]


def test_a_short_tap_does_not_swallow_the_next_press():
    rig = button()
    press(rig, held_ms=20)
    rig.run(5000)
    press(rig)
    assert alarms(rig)[-1]["presses"] == 2


def test_more_presses_raise_the_same_incident():
    rig = button()
    for _ in range(20):
        press(rig)
    rig.run(3000)
    assert {each["incident"] for each in alarms(rig)} == {1}
    assert alarms(rig)[-1]["presses"] == 20
    assert len(alarms(rig)) <= 8


def test_a_press_after_help_was_promised_is_still_told():
    rig = button()
    press(rig)
    status(rig, codes.HELP_COMING)
    told = len(alarms(rig))
    rig.run(60000)
    press(rig)
    assert len(alarms(rig)) == told + 1
    assert rig.levels["led"] == patterns.HELP_COMING
    rig.run(DAY_MS)
    assert len(alarms(rig)) == told + 1


def test_a_press_not_yet_sent_when_the_centre_answers_is_still_told():
    rig = button()
    press(rig)
    press(rig)
    assert len(alarms(rig)) == 1
    status(rig, codes.RECEIVED)
    rig.run(60000)
    assert [each.get("presses") for each in alarms(rig)] == [None, 2]


def test_the_presser_sees_what_the_centre_says():
    rig = button()
    assert rig.levels["led"] == patterns.OFF
    press(rig)
    assert rig.levels["led"] == patterns.SENDING
    status(rig, codes.RECEIVED)
    assert rig.levels["led"] == patterns.RECEIVED
    status(rig, codes.HELP_COMING)
    assert rig.levels["led"] == patterns.HELP_COMING
    status(rig, codes.RECEIVED)
    assert rig.levels["led"] == patterns.HELP_COMING
    status(rig, codes.CLOSED)
    assert rig.levels["led"] == patterns.OFF


def test_only_the_centre_closes_and_only_this_incident():
    rig = button()
    press(rig)
    status(rig, codes.CLOSED, incident=2)
    status(rig, 9)
    rig.run(DAY_MS)
    assert rig.app.open_incident == 1
    status(rig, codes.CLOSED)
    assert rig.app.open_incident is None
    press(rig)
    assert rig.app.open_incident == 2


def test_a_restart_goes_on_telling():
    store = MemoryStore()
    rig = button(store=store, online=False)
    press(rig)
    press(rig)
    again = button(store=store)
    assert alarms(again)[0] == {
        "incident": 1,
        "time": MONDAY,
        "cause": codes.PRESS,
        "presses": 2,
    }
    status(again, codes.RECEIVED)
    third = button(store=store)
    third.run(DAY_MS)
    assert alarms(third) == []
    assert third.levels["led"] == patterns.RECEIVED


def test_no_power_cut_loses_an_alarm_that_was_sent_or_makes_two_of_it():
    rigs = []

    def story(store):
        rig = button(store=store)
        rigs.append(rig)
        press(rig)
        rig.run(60000)
        press(rig)
        status(rig, codes.RECEIVED)
        status(rig, codes.CLOSED)
        press(rig)
        return True

    def check(store, result):
        before = alarms(rigs.pop())
        rig = button(store=store)
        incidents = [each["incident"] for each in before + alarms(rig)]
        assert incidents == sorted(incidents)
        assert incidents in ([], [1] * len(incidents)) or set(incidents) == {1, 2}
        # The next incident never takes a number that was on the air.
        status(rig, codes.CLOSED, rig.app.open_incident)
        press(rig)
        assert alarms(rig)[-1]["incident"] == max([0] + incidents) + 1

    assert cut_everywhere(story, check) == 10


def test_a_test_needs_the_magnet_and_makes_no_incident():
    rig = button()
    rig.do("set_magnet", True)
    assert rig.levels["led"] == patterns.TESTING
    press(rig)
    assert [each["code"] for each in rig.sent(messages.EVENT)] == [codes.TEST_PRESSED]
    assert alarms(rig) == []
    press(rig)
    assert len(alarms(rig)) == 1


def test_a_magnet_left_in_place_does_not_silence_the_button():
    rig = button()
    rig.do("set_magnet", True)
    rig.run(30000)
    assert rig.levels["led"] == patterns.OFF
    press(rig)
    assert len(alarms(rig)) == 1


def test_during_an_incident_the_magnet_does_nothing():
    rig = button()
    press(rig)
    rig.run(3000)
    rig.do("set_magnet", True)
    press(rig)
    assert rig.sent(messages.EVENT) == []
    assert alarms(rig)[-1]["presses"] == 2


def test_it_shows_that_it_lives_within_25_hours():
    rig = button()
    rig.run(10 * DAY_MS)
    beats = [each["time"] for each in rig.sent(messages.HEALTH)]
    assert len(beats) == 10
    assert beats == list(range(beats[0], beats[0] + 10 * 86400, 86400))
    assert "heartbeat_s" in str(raises(ValueError, button, {"heartbeat_s": 90001}))
    messages.encode(messages.HEALTH, rig.sent(messages.HEALTH)[0])


def test_heartbeats_missed_in_a_sleep_are_not_made_up_for():
    rig = button()
    rig.sleep(10 * DAY_MS)
    assert len(rig.sent(messages.HEALTH)) == 1
    rig.run(DAY_MS)
    assert len(rig.sent(messages.HEALTH)) == 2


def test_a_heartbeat_missed_while_off_comes_at_the_start_and_once_only():
    store = MemoryStore()
    rig = button(store=store)
    rig.run(DAY_MS)
    beaten = rig.sent(messages.HEALTH)[-1]["time"]
    again = button(store=store, unix_s=MONDAY + 5 * 86400)
    assert [each["time"] for each in again.sent(messages.HEALTH)] == [MONDAY + 5 * 86400]
    assert beaten < MONDAY + 86400
    once_more = button(store=store, unix_s=MONDAY + 5 * 86400 + 60)
    assert once_more.sent(messages.HEALTH) == []


def test_a_button_that_sleeps_deeply_between_all_its_deadlines_beats_within_25_hours():
    random = Random(5)
    for device in (1, 3, 77):
        store = MemoryStore()
        unix_s = MONDAY
        beats = [MONDAY]
        starts = 0
        while unix_s < MONDAY + 60 * 86400:
            # Monotonic time begins anew with each start.
            rig = button({"device": device}, store, unix_s=unix_s)
            starts += 1
            rig.run(3_000 + random.below(60_000))
            beats += [each["time"] for each in rig.sent(messages.HEALTH)]
            asleep_ms = rig.app.next_deadline() - rig.now
            if random.below(3):
                # Woken early, by the magnet for example.
                asleep_ms = random.below(asleep_ms)
            elif random.below(4) == 0:
                # The clock that ends the sleep is slow.
                asleep_ms += 45 * 60_000
            else:
                asleep_ms -= 2_000
            unix_s = rig.clock.unix(rig.now) + max(asleep_ms, 0) // 1000
        gaps = [beats[n + 1] - beats[n] for n in range(len(beats) - 1)]
        assert max(gaps) <= 25 * 3600
        assert 59 <= len(gaps) <= 61 and starts > 100


def test_without_the_time_heartbeats_count_from_the_start_and_then_follow_the_calendar():
    rig = button(unix_s=None)
    rig.run(2 * DAY_MS)
    assert [each["time"] for each in rig.sent(messages.HEALTH)] == [0, 0]
    rig.set_time(MONDAY)
    rig.run(2 * DAY_MS)
    timed = [each["time"] for each in rig.sent(messages.HEALTH)[2:]]
    assert len(timed) == 2 and timed[1] - timed[0] == 86400
    same = button()
    same.run(DAY_MS)
    assert timed[0] == same.sent(messages.HEALTH)[0]["time"]


def test_a_low_battery_is_told_once_until_it_is_changed():
    store = MemoryStore()
    rig = button(store=store)
    for battery_mv in (3000, 2590, 2650, 2590):
        rig.do("set_battery", battery_mv)
    again = button(store=store)
    again.do("set_battery", 2590)
    again.do("set_battery", 2990)
    assert [each["code"] for each in rig.sent(messages.EVENT)] == [codes.BATTERY_LOW]
    assert [each["code"] for each in again.sent(messages.EVENT)] == [codes.BATTERY_RESTORED]


def test_polling_more_often_changes_nothing():
    rig = button()
    press(rig)
    rig.do("on_outcome", ALARM_TOKEN - 1, True)
    before = len(rig.actions)
    for _ in range(1000):
        rig.sleep(1)
    assert len(rig.actions) == before
    assert [each for each in rig.actions if isinstance(each, Output)]
