"""The meter: nothing lost, registers frozen on time, alarms begun and ended once, reports."""

from linli_firmware.apps.meter import Meter
from linli_firmware.apps.registers import DAILY, HOURLY, MONTHLY
from linli_firmware.spread import spread
from linli_firmware.store import MemoryStore
from linli_protocol import codes, deltas, messages
from power import cut_everywhere
from rig import DAY_MS, HOUR_MS, MONDAY, Rig
from support import raises

HOUR_S = 3600


def meter(config=None, store=None, **rig):
    settings = {"device": 5}
    settings.update(config or {})
    return Rig(Meter, settings, store or MemoryStore(), **rig)


def events(rig):
    return [each["code"] for each in rig.sent(messages.EVENT)]


def registers(rig, log=HOURLY):
    """Return [(time, forward litres)] of a log."""
    rows = rig.app._registers.since(log, 0)
    return [(time_s, forward_ml // 1000) for _, time_s, forward_ml in rows]


def draw(rig, litres, hours=1):
    """Draw `litres` in the middle of each hour."""
    for _ in range(hours):
        rig.run(HOUR_MS // 2)
        rig.do("count_pulses", litres)
        rig.run(HOUR_MS // 2)


def test_pulses_of_any_weight_add_up_exactly():
    for pulse_ml in (1, 100, 1000, 10000):
        rig = meter({"pulse_ml": pulse_ml})
        for count in (1, 7, 999, 3):
            rig.do("count_pulses", count)
        assert rig.app.forward_ml == 1010 * pulse_ml


def test_registers_freeze_at_full_hours():
    rig = meter(unix_s=MONDAY + 100)
    rig.do("count_pulses", 3)
    rig.run(HOUR_MS - 100000 - 1)
    assert registers(rig) == []
    rig.run(1)
    rig.do("count_pulses", 4)
    rig.run(HOUR_MS)
    assert registers(rig) == [(MONDAY + HOUR_S, 3), (MONDAY + 2 * HOUR_S, 7)]


def test_days_and_months_freeze_at_local_midnight():
    rig = meter()
    draw(rig, 1, 24 * 28)
    days = registers(rig, DAILY)
    assert days[0] == (MONDAY + 86400, 24)
    assert len(days) == 28
    # From 5 October on, 1 November is the 27th midnight.
    assert registers(rig, MONTHLY) == [(MONDAY + 27 * 86400, 27 * 24)]


def test_a_sleep_of_three_days_leaves_no_hole():
    rig = meter()
    rig.do("count_pulses", 5)
    rig.sleep(3 * DAY_MS)
    rows = registers(rig)
    assert rows == [(MONDAY + hour * HOUR_S, 5) for hour in range(1, 73)]


def test_pulses_after_a_sleep_belong_to_the_hour_they_are_counted_in():
    rig = meter()
    rig.now += 5 * HOUR_MS + 1
    rig.do("count_pulses", 9)
    assert registers(rig) == [(MONDAY + hour * HOUR_S, 0) for hour in range(1, 6)]
    assert rig.app.forward_ml == 9000


def test_pulses_count_before_the_time_is_known():
    rig = meter(unix_s=None)
    draw(rig, 2, 30)
    assert registers(rig) == []
    rig.set_time(MONDAY + 1800)
    rig.run(HOUR_MS)
    assert registers(rig) == [(MONDAY + HOUR_S, 60)]


def test_a_clock_step_freezes_each_hour_once():
    rig = meter()
    rig.run(2 * HOUR_MS)
    rig.set_time(MONDAY + 2 * HOUR_S - 5)
    rig.run(10000)
    assert [time for time, _ in registers(rig)] == [MONDAY + HOUR_S, MONDAY + 2 * HOUR_S]
    rig.set_time(MONDAY + 5 * HOUR_S)
    assert [time for time, _ in registers(rig)][-1] == MONDAY + 5 * HOUR_S
    assert len(registers(rig)) == 5


def test_a_clock_set_far_back_does_not_stop_the_registers():
    rig = meter(unix_s=MONDAY + 365 * 86400)
    rig.run(2 * HOUR_MS)
    rig.set_time(MONDAY)
    rig.run(2 * HOUR_MS)
    assert [time for time, _ in registers(rig)][-2:] == [MONDAY + HOUR_S, MONDAY + 2 * HOUR_S]


def test_ninety_days_of_hours_are_kept():
    rig = meter()
    rig.sleep(200 * DAY_MS)
    rows = registers(rig)
    assert 90 * 24 <= len(rows) <= 90 * 24 * 17 // 16
    assert rows[-1][0] == MONDAY + 200 * 86400


def test_no_reset_loses_a_pulse_while_retained_memory_lasts():
    counted = []

    def story(store):
        rig = meter({"checkpoint_l": 3}, store)
        for _ in range(5):
            counted.append(7)
            rig.do("count_pulses", 7)
            rig.run(HOUR_MS)
        return True

    def check(store, result):
        assert meter(store=store).app.forward_ml == sum(counted) * 1000
        counted.clear()

    assert cut_everywhere(story, check) >= 20


def test_without_retained_memory_less_than_a_checkpoint_is_lost():
    for pulses in range(1, 60):
        store = MemoryStore()
        rig = meter({"checkpoint_l": 10}, store)
        for _ in range(pulses):
            rig.do("count_pulses", 1)
        store.lose_retained()
        lost_ml = pulses * 1000 - meter(store=store).app.forward_ml
        assert 0 <= lost_ml < 10000


def test_a_battery_change_at_the_full_hour_loses_nothing():
    store = MemoryStore()
    rig = meter({"checkpoint_l": 1000}, store)
    draw(rig, 17, 3)
    store.lose_retained()
    assert meter(store=store).app.forward_ml == 51000


def test_a_household_that_sleeps_has_no_leak():
    rig = meter()
    for _ in range(5):
        draw(rig, 10, 23)
        rig.run(HOUR_MS)
    assert events(rig) == []


def test_a_leak_is_found_after_a_day_without_a_pause_and_ends_with_the_first_one():
    rig = meter()
    draw(rig, 1, 23)
    assert events(rig) == []
    draw(rig, 1, 10)
    assert events(rig) == [codes.LEAK]
    assert rig.sent(messages.EVENT)[0]["time"] == MONDAY + 24 * HOUR_S
    assert rig.sent(messages.READING)[-1]["flags"] == codes.FLAG_LEAK
    rig.run(HOUR_MS)
    assert events(rig) == [codes.LEAK, codes.LEAK_ENDED]
    assert rig.sent(messages.READING)[-1]["flags"] == 0


def test_a_drip_below_the_threshold_is_a_pause():
    rig = meter({"pulse_ml": 100, "leak_threshold_ml": 500})
    draw(rig, 5, 48)
    assert events(rig) == []
    draw(rig, 6, 24)
    assert events(rig) == [codes.LEAK]


def test_a_leak_is_found_and_told_once_through_restarts():
    store = MemoryStore()
    told = []
    now = 0
    for hour in range(40):
        rig = meter(store=store, now=now, unix_s=MONDAY + hour * HOUR_S)
        draw(rig, 1)
        now = rig.now
        told += events(rig)
    assert told == [codes.LEAK]


def test_no_power_cut_tells_a_leak_twice():
    def story(store):
        rig = meter(store=store)
        draw(rig, 1, 25)
        rig.run(3 * HOUR_MS)
        return True

    def check(store, result):
        rig = meter(store=store, unix_s=MONDAY + 30 * HOUR_S, now=30 * HOUR_MS)
        rig.run(HOUR_MS)
        kept = [store.read("events", index)[14] for index in range(store.end("events"))]
        assert kept in ([], [codes.LEAK, codes.LEAK_ENDED])
        times = [time for time, _ in registers(rig)]
        if times:
            assert times == list(range(times[0], times[-1] + 1, HOUR_S))

    assert cut_everywhere(story, check) > 60


def test_no_power_cut_freezes_a_day_twice():
    def story(store):
        rig = meter(store=store, unix_s=MONDAY + 27 * 86400 - 3 * HOUR_S)
        rig.run(4 * HOUR_MS)
        return True

    def check(store, result):
        rig = meter(store=store, unix_s=MONDAY + 27 * 86400 + 2 * HOUR_S)
        # A meter that had not frozen a single hour begins after midnight.
        midnight = [(MONDAY + 27 * 86400, 0)] if registers(rig) else []
        assert registers(rig, DAILY) == registers(rig, MONTHLY) == midnight

    assert cut_everywhere(story, check) >= 12


def test_a_burst_is_found_after_half_an_hour_and_ends():
    rig = meter()
    for _ in range(29):
        rig.do("count_pulses", 17)
        rig.run(60000)
    assert events(rig) == []
    for _ in range(5):
        rig.do("count_pulses", 17)
        rig.run(60000)
    assert events(rig) == [codes.BURST]
    rig.run(HOUR_MS)
    assert events(rig) == [codes.BURST, codes.BURST_ENDED]


def test_a_bath_is_no_burst():
    rig = meter()
    for _ in range(15):
        rig.do("count_pulses", 12)
        rig.run(60000)
    rig.run(HOUR_MS)
    assert events(rig) == []


def test_a_burst_that_ended_while_the_power_was_off_ends():
    store = MemoryStore()
    rig = meter(store=store)
    for _ in range(40):
        rig.do("count_pulses", 17)
        rig.run(60000)
    again = meter(store=store, unix_s=MONDAY + HOUR_S)
    again.run(HOUR_MS)
    assert events(again) == [codes.BURST_ENDED]


def test_reverse_flow_is_counted_apart_and_told():
    rig = meter()
    rig.do("count_pulses", 100)
    rig.do("count_reverse_pulses", 9)
    assert events(rig) == []
    rig.do("count_reverse_pulses", 1)
    rig.run(HOUR_MS)
    assert events(rig) == [codes.REVERSE_FLOW, codes.REVERSE_FLOW_ENDED]
    assert (rig.app.forward_ml, rig.app.reverse_ml) == (100000, 10000)
    assert rig.sent(messages.READING)[-1]["reverse_l"] == 10


def test_no_flow_for_long_is_told_until_the_first_pulse():
    rig = meter({"dry_days": 3})
    rig.run(3 * DAY_MS - 1)
    assert events(rig) == []
    rig.run(DAY_MS)
    rig.do("count_pulses", 1)
    assert events(rig) == [codes.DRY, codes.DRY_ENDED]


def test_tamper_and_battery_begin_and_end_once():
    rig = meter()
    rig.do("set_tamper", True)
    rig.run(1000)
    for battery_mv in (3600, 3290, 3350, 3290, 3410, 3350):
        rig.do("set_battery", battery_mv)
    rig.do("set_tamper", False)
    rig.run(1000)
    assert events(rig) == [
        codes.TAMPER,
        codes.BATTERY_LOW,
        codes.BATTERY_RESTORED,
        codes.TAMPER_ENDED,
    ]
    assert rig.sent(messages.READING)[-1]["battery_mv"] == 3350


def test_a_day_of_hours_is_reported_once_a_day_at_the_device_s_own_time():
    rig = meter()
    offset_s = spread(5, 86400)
    for hour in range(72):
        draw(rig, hour)
    reports = rig.sent(messages.READINGS)
    assert len(reports) >= 2
    hours = []
    for each in reports:
        messages.encode(messages.READINGS, each)
        steps = deltas.decode(each["deltas"])
        assert len(steps) <= 24
        hours += steps
        assert each["volume_l"] == sum(hours)
    assert hours == list(range(1, len(hours) + 1))
    due_s = (MONDAY - offset_s) // 86400 * 86400 + 86400 + offset_s
    assert reports[0]["time"] == due_s // HOUR_S * HOUR_S


def test_a_clock_step_over_the_report_s_time_does_not_skip_it():
    rig = meter()
    due_s = (MONDAY - spread(5, 86400)) // 86400 * 86400 + 86400 + spread(5, 86400)
    draw(rig, 1, (due_s - MONDAY) // HOUR_S)
    rig.run((due_s - rig.clock.unix(rig.now)) * 1000 - 1)
    assert rig.sent(messages.READINGS) == []
    rig.set_time(due_s + 2)
    assert len(rig.sent(messages.READINGS)) == 1


def test_devices_report_at_different_times():
    offsets = {spread(device, 86400) // 3600 for device in range(100)}
    assert len(offsets) == 24


def test_four_days_offline_are_made_up_for_in_order():
    rig = meter(online=False)
    draw(rig, 3, 24 * 5)
    assert len(rig.sent(messages.READINGS)) == 1
    rig.connect()
    draw(rig, 3, 24)
    steps = [step for each in rig.sent(messages.READINGS) for step in deltas.decode(each["deltas"])]
    assert len(steps) >= 24 * 4
    assert steps == [3] * len(steps)


def test_a_report_that_was_given_up_is_made_again_the_next_day():
    rig = meter(online=False)
    draw(rig, 1, 30)
    rig.do("on_outcome", -2, False)
    draw(rig, 1, 24)
    reports = rig.sent(messages.READINGS)
    begins = [each["volume_l"] - sum(deltas.decode(each["deltas"])) for each in reports]
    assert begins == [1, 1]


def test_a_reading_on_command():
    rig = meter()
    rig.do("count_pulses", 42)
    command = {"id": 1, "expires": MONDAY + 60, "operation": codes.READ_NOW}
    rig.do("on_message", messages.COMMAND, command)
    assert rig.sent(messages.READING)[0]["volume_l"] == 42
    assert rig.sent(messages.RESULT)[0]["status"] == codes.DONE


def test_hours_can_be_read_back():
    rig = meter()
    draw(rig, 2, 40)
    request = {"log": codes.HOURLY_REGISTERS, "first": 10, "count": 20}
    rig.do("on_message", messages.LOG_REQUEST, request)
    chunks = rig.sent(messages.LOG_CHUNK)
    records = b"".join([each["records"] for each in chunks])
    assert len(records) == 20 * 16
    assert int.from_bytes(records[:4], "big") == MONDAY + 11 * HOUR_S
    assert int.from_bytes(records[4:10], "big") == 22000


def test_settings_are_checked():
    assert "pulse_ml" in str(raises(ValueError, meter, {"pulse_ml": 0}))
    assert "pulses" in str(raises(ValueError, meter, {"pulses": 1}))
