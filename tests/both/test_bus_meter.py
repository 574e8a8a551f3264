"""The meter on a bus: its total becomes the register, whatever happens on the way."""

from linli_firmware.apps import valve
from linli_firmware.apps.bus_meter import BusMeter
from linli_firmware.apps.registers import HOURLY
from linli_firmware.store import MemoryStore
from linli_protocol import codes, deltas, messages
from power import FailingStore, cut_everywhere
from rig import DAY_MS, HOUR_MS, MONDAY, Rig
from support import raises

M3 = 1000000
MINUTE_MS = 60000


def meter(store=None, now=0, unix_s=MONDAY, **config):
    settings = {"device": 5}
    settings.update(config)
    return Rig(BusMeter, settings, store or MemoryStore(), now, unix_s)


def with_valve(store=None):
    rig = meter(store, has_valve=True)
    rig.do("set_total", 5 * M3)
    rig.do("set_valve", valve.OPEN)
    return rig


def events(rig):
    return [each["code"] for each in rig.sent(messages.EVENT)]


def hours(rig):
    return [forward_ml // 1000 for _, _, forward_ml in rig.app._registers.since(HOURLY, 0)]


def command(rig, number, operation):
    fields = {"id": number, "expires": rig.clock.unix(rig.now) + 60, "operation": operation}
    rig.do("on_message", messages.COMMAND, fields)
    return rig.sent(messages.RESULT)[-1]["status"]


def test_the_register_shows_what_the_meter_shows():
    rig = meter()
    for total_ml in (556 * M3 + 770, 556 * M3 + 770, 557 * M3, 560 * M3):
        rig.do("set_total", total_ml)
        assert rig.app.forward_ml == total_ml


def test_before_the_first_total_nothing_is_said_of_volume():
    rig = meter()
    rig.run(2 * DAY_MS)
    rig.do("set_present", False)
    assert hours(rig) == rig.sent(messages.READING) == rig.sent(messages.READINGS) == []
    assert command(rig, 1, codes.READ_NOW) == codes.FAILED
    assert events(rig) == [codes.METER_ABSENT]


def test_the_first_total_is_no_consumption():
    rig = meter(leak_hours=1, unix_s=None)
    rig.run(HOUR_MS)
    rig.do("set_total", 556 * M3)
    rig.set_time(MONDAY)
    rig.run(3 * HOUR_MS)
    assert hours(rig) == [556000] * 3
    assert events(rig) == []
    assert command(rig, 1, codes.READ_NOW) == codes.DONE
    assert rig.sent(messages.READING)[-1]["volume_l"] == 556000


def test_what_was_used_while_the_node_was_off_is_there_once():
    store = MemoryStore()
    rig = meter(store)
    rig.do("set_total", 10 * M3)
    rig.do("set_total", 10 * M3 + 7000)
    store.lose_retained()
    again = meter(store, unix_s=MONDAY + 86400)
    again.do("set_total", 12 * M3)
    again.do("set_total", 12 * M3)
    assert again.app.forward_ml == 12 * M3


def test_a_meter_that_used_to_count_pulses_goes_on_from_its_register():
    store = MemoryStore()
    rig = meter(store)
    rig.do("set_total", 900 * M3)
    store.delete("bus.offset")
    again = meter(store)
    again.do("set_total", 3 * M3)
    again.do("set_total", 4 * M3)
    assert again.app.forward_ml == 901 * M3


def test_a_wrong_total_changes_nothing():
    for wrong_ml in (0, 99 * M3, 110 * M3, 99999999 * 10000):
        rig = meter()
        rig.do("set_total", 100 * M3)
        rig.do("set_total", wrong_ml)
        assert rig.app.forward_ml == 100 * M3
        rig.do("set_total", 100 * M3 + 50000)
        assert rig.app.forward_ml == 100 * M3 + 50000
        assert events(rig) == []


def test_the_same_wrong_total_now_and_then_changes_nothing():
    rig = meter()
    rig.do("set_total", 100 * M3)
    for wrong_ml in (0, 200 * M3):
        for _ in range(3):
            rig.do("set_total", wrong_ml)
            rig.do("set_total", 100 * M3)
    assert (rig.app.forward_ml, events(rig)) == (100 * M3, [])


def test_two_different_wrong_totals_change_nothing():
    rig = meter()
    rig.do("set_total", 100 * M3)
    for wrong_ml in (50 * M3, 40 * M3, 300 * M3, 200 * M3):
        rig.do("set_total", wrong_ml)
    assert (rig.app.forward_ml, events(rig)) == (100 * M3, [])


def test_a_long_silence_is_made_up_for_with_the_second_total():
    rig = meter()
    rig.do("set_total", 100 * M3)
    rig.run(20 * DAY_MS)
    rig.do("set_total", 112 * M3)
    assert rig.app.forward_ml == 100 * M3
    rig.do("set_total", 112 * M3 + 3000)
    assert (rig.app.forward_ml, events(rig)) == (112 * M3 + 3000, [])


def test_a_dial_that_runs_back_a_little_is_waited_for():
    rig = meter()
    rig.do("set_total", 100 * M3)
    for total_ml in (100 * M3 - 30000, 100 * M3 - 30000, 100 * M3 - 10000):
        rig.do("set_total", total_ml)
        assert rig.app.forward_ml == 100 * M3
    rig.do("set_total", 100 * M3 + 20000)
    assert (rig.app.forward_ml, events(rig)) == (100 * M3 + 20000, [])


def test_another_meter_goes_on_from_the_register_and_is_told():
    rig = meter()
    rig.do("set_total", 100 * M3)
    rig.do("set_total", 2000)
    rig.do("set_total", 5000)
    assert events(rig) == [codes.METER_REPLACED]
    assert rig.sent(messages.EVENT)[-1]["detail"] == 5
    assert rig.app.forward_ml == 100 * M3 + 3000
    rig.do("set_total", 9000)
    assert rig.app.forward_ml == 100 * M3 + 7000


def test_no_power_cut_loses_or_repeats_a_litre():
    totals = [100 * M3 + step * 3000 for step in range(12)]

    def story(store):
        rig = meter(store)
        for total_ml in totals:
            rig.do("set_total", total_ml)
            rig.run(HOUR_MS)
        return True

    def check(store, result):
        rig = meter(store, unix_s=MONDAY + 13 * 3600)
        rig.do("set_total", totals[-1])
        assert rig.app.forward_ml == totals[-1]
        rig.run(HOUR_MS)
        kept = hours(rig)
        # Only a first total may look as if it had been used.
        assert kept == sorted(kept) and kept[0] >= 100000

    assert cut_everywhere(story, check) > 20


def test_no_power_cut_loses_a_litre_of_a_new_meter_or_forgets_to_tell_of_it():
    def story(store):
        rig = meter(store)
        for total_ml in (100 * M3, 1000, 1000, 4000):
            rig.do("set_total", total_ml)
        return True

    def check(store, result):
        begun = store.get("bus.offset")
        rig = meter(store)
        for total_ml in (4000, 4000, 6000):
            rig.do("set_total", total_ml)
        told = [store.read("events", index)[14] for index in range(store.end("events"))]
        if begun is None:
            # To a node that had not begun, the second meter is the first.
            assert told == []
        else:
            assert rig.app.forward_ml in (100 * M3 + 2000, 100 * M3 + 5000)
            assert 1 <= told.count(codes.METER_REPLACED) <= 2

    assert cut_everywhere(story, check) > 4


def test_only_the_start_and_a_new_meter_cost_a_write_besides_a_meter_s():
    store = FailingStore()
    rig = meter(store, checkpoint_l=1000000)
    rig.do("set_total", 100 * M3)
    writes = store.writes
    for step in range(1000):
        rig.do("set_total", 100 * M3 + step)
    assert store.writes == writes


def test_absence_and_return_are_told_once_and_leave_the_flags_alone():
    rig = meter()
    rig.do("set_total", M3)
    for present in (True, False, False, True, True):
        rig.do("set_present", present)
    assert events(rig) == [codes.METER_ABSENT, codes.METER_RETURNED]
    rig.do("set_present", False)
    for each in rig.sent(messages.READING):
        assert each["flags"] == 0
        messages.encode(messages.READING, each)


def test_absence_outlives_a_restart():
    store = MemoryStore()
    meter(store).do("set_present", False)
    again = meter(store)
    again.do("set_present", False)
    again.do("set_present", True)
    assert codes.METER_RETURNED in events(again)
    assert events(again).count(codes.METER_ABSENT) <= 1


def test_leaks_bursts_and_reports_work_on_totals():
    rig = meter(leak_hours=3)
    total_ml = M3
    for _ in range(40):
        rig.do("set_total", total_ml)
        total_ml += 60000
        rig.run(150000)
    assert events(rig) == [codes.BURST]
    for _ in range(50):
        rig.do("set_total", total_ml)
        total_ml += 1000
        rig.run(HOUR_MS // 2)
    assert events(rig) == [codes.BURST, codes.BURST_ENDED, codes.LEAK]
    rig.run(DAY_MS)
    report = rig.sent(messages.READINGS)[0]
    assert report["volume_l"] - sum(deltas.decode(report["deltas"])) == hours(rig)[0]


def test_the_meter_s_battery_begins_and_ends_once():
    rig = meter()
    rig.do("set_total", M3)
    for is_low in (False, True, True, False):
        rig.do("set_meter_battery", is_low)
    assert events(rig) == [codes.BATTERY_LOW, codes.BATTERY_RESTORED]


def test_the_valve_is_told_to_move_and_the_meter_s_status_says_where_it_got_to():
    rig = with_valve()
    assert command(rig, 1, codes.CLOSE_VALVE) == codes.DONE
    assert rig.levels["valve"] == valve.CLOSED
    rig.do("set_valve", valve.OPEN)
    assert events(rig) == []
    rig.run(5000)
    rig.do("set_valve", valve.CLOSED)
    assert events(rig) == [codes.VALVE_CLOSED]
    assert rig.sent(messages.READING)[-1]["flags"] == codes.FLAG_VALVE_CLOSED
    command(rig, 2, codes.OPEN_VALVE)
    rig.do("set_valve", valve.OPEN)
    assert events(rig) == [codes.VALVE_CLOSED, codes.VALVE_OPENED]
    assert rig.app.flags == 0


def test_a_valve_that_does_not_move_is_a_fault_until_it_does():
    rig = with_valve()
    command(rig, 1, codes.CLOSE_VALVE)
    rig.run(MINUTE_MS - 1)
    rig.do("set_valve", valve.OPEN)
    assert events(rig) == []
    rig.run(1)
    assert events(rig) == [codes.VALVE_STALLED]
    for _ in range(3):
        rig.do("set_valve", valve.OPEN)
    assert rig.app.flags == codes.FLAG_VALVE_FAULT
    command(rig, 2, codes.CLOSE_VALVE)
    rig.do("set_valve", valve.CLOSED)
    assert rig.app.flags == codes.FLAG_VALVE_CLOSED


def test_a_fault_that_the_meter_reports_is_told_once_and_ends_with_its_report():
    rig = with_valve()
    for position in (None, None, valve.OPEN, valve.OPEN):
        rig.do("set_valve", position)
    assert events(rig) == [codes.VALVE_STALLED, codes.VALVE_OPENED]
    assert rig.app.flags == 0


def test_a_valve_moved_by_somebody_else_is_told_and_left_alone():
    rig = with_valve()
    rig.do("set_valve", valve.CLOSED)
    assert events(rig) == [codes.VALVE_CLOSED]
    assert "valve" not in rig.levels


def test_a_valve_command_outlives_a_restart_until_it_is_seen_done():
    store = MemoryStore()
    command(with_valve(store), 1, codes.CLOSE_VALVE)
    again = meter(store, has_valve=True)
    assert again.levels["valve"] == valve.CLOSED
    again.do("set_valve", valve.CLOSED)
    assert "valve" not in meter(store, has_valve=True).levels


def test_a_meter_without_a_valve_knows_no_valve_command():
    assert command(meter(), 1, codes.CLOSE_VALVE) == codes.UNKNOWN


def test_pulses_are_refused():
    assert "pulse_ml" in str(raises(ValueError, lambda: meter(pulse_ml=10)))
