"""When a device sleeps, how deep, and what wakes it."""

from linli_firmware.power.sleep_plan import (
    AWAKE,
    DEEP,
    DEFAULTS,
    LIGHT,
    MAX_SLEEP_MS,
    SleepPlan,
    deepest,
    least_ms,
)
from support import raises

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

# Inputs of each device where every pin can end a deep sleep.
BUTTON = {name: deepest(name, True, False) for name in ("button", "magnet")}
METER_INPUTS = ("pulse", "reverse_pulse", "tamper", "end_open", "end_closed")
METER = {name: deepest(name, True, False) for name in METER_INPUTS}
METER_ULP = {name: deepest(name, True, True) for name in METER_INPUTS}


def test_a_button_sleeps_deeply_until_shortly_before_its_heartbeat():
    plan = SleepPlan({}, BUTTON)
    assert plan.decide(1_000, 1_000 + HOUR_MS, None) == (DEEP, 1_000 + HOUR_MS - 5_000, "idle")


def test_a_meter_sleeps_lightly_since_its_pulses_must_be_counted():
    assert SleepPlan({}, METER).decide(0, HOUR_MS, None) == (LIGHT, HOUR_MS, "pulse")


def test_a_meter_whose_pulses_are_counted_asleep_sleeps_deeply():
    assert SleepPlan({}, METER_ULP).decide(0, HOUR_MS, None)[0] == DEEP


def test_a_button_on_a_pin_that_cannot_wake_the_chip_is_not_slept_through():
    inputs = {"button": deepest("button", False, False), "magnet": DEEP}
    assert SleepPlan({}, inputs).decide(0, HOUR_MS, None) == (LIGHT, HOUR_MS, "button")


def test_end_stops_do_not_keep_a_resting_valve_from_deep_sleep():
    assert deepest("end_open", False, False) == deepest("end_closed", False, False) == DEEP


def test_a_door_only_idles():
    plan = SleepPlan({"mains": True}, {"contact": LIGHT, "d0": AWAKE})
    assert plan.decide(5, 5 + HOUR_MS, None) == (AWAKE, 5 + HOUR_MS, "mains")


def test_a_bearer_that_always_listens_keeps_the_device_awake():
    inputs = dict(METER)
    inputs["rs485"] = AWAKE
    assert SleepPlan({}, inputs).decide(0, HOUR_MS, None) == (AWAKE, HOUR_MS, "rs485")


def test_a_receive_window_is_not_slept_through():
    plan = SleepPlan({}, BUTTON)
    assert plan.decide(100, 100 + HOUR_MS, 1_300) == (AWAKE, 1_300, "busy")
    assert plan.decide(100, 700, 1_300) == (AWAKE, 700, "busy")
    assert plan.decide(1_300, 100 + HOUR_MS, 1_300)[0] == DEEP


def test_deep_sleep_begins_where_it_saves_more_than_a_restart_costs():
    plan = SleepPlan({}, BUTTON)
    # 20.7 mC at 135 µA saved, and the restart before the deadline.
    assert plan.least_deep_ms == 153_334 + 5_000
    assert plan.decide(0, plan.least_deep_ms, None)[0] == DEEP
    assert plan.decide(0, plan.least_deep_ms - 1, None) == (LIGHT, 158_333, "brief")


def test_while_a_restart_would_lose_something_the_sleep_is_light():
    plan = SleepPlan({}, BUTTON)
    assert plan.decide(0, HOUR_MS, None, LIGHT) == (LIGHT, HOUR_MS, "limit")


def test_the_charge_of_either_way_is_the_same_at_break_even():
    asleep_ms = least_ms(182_000, 140, 5)
    light_uc = asleep_ms * 140 / 1000
    deep_uc = asleep_ms * 5 / 1000 + 182_000
    assert 0 <= light_uc - deep_uc < 1


def test_a_moment_is_waited_out_awake():
    plan = SleepPlan({}, METER)
    assert plan.least_light_ms == 3
    assert plan.decide(10, 12, None) == (AWAKE, 12, "brief")
    assert plan.decide(10, 13, None) == (LIGHT, 13, "pulse")


def test_what_is_overdue_is_done_at_once():
    assert SleepPlan({}, BUTTON).decide(50, 20, None) == (AWAKE, 50, "brief")


def test_a_far_deadline_is_slept_to_in_several_sleeps():
    plan = SleepPlan({"longest_ms": MAX_SLEEP_MS}, METER)
    deadline = 30 * DAY_MS
    now = sleeps = 0
    while now < deadline:
        mode, until, _ = plan.decide(now, deadline, None)
        assert mode == LIGHT
        assert 0 < until - now <= MAX_SLEEP_MS
        now = until
        sleeps += 1
    assert (now, sleeps) == (deadline, 5)


def test_without_any_deadline_the_device_still_wakes_once_a_day():
    assert SleepPlan({}, METER).decide(7, None, None) == (LIGHT, 7 + DAY_MS, "pulse")
    assert SleepPlan({}, BUTTON).decide(7, None, None) == (DEEP, 7 + DAY_MS - 5_000, "idle")


def test_settings_at_fault_are_named():
    assert "no setting deep" in str(raises(ValueError, SleepPlan, {"deep": 1}, {}))
    assert "light_ua" in str(raises(ValueError, SleepPlan, {"light_ua": 5}, {}))
    too_long = {"longest_ms": MAX_SLEEP_MS + 1}
    assert "longest_ms" in str(raises(ValueError, SleepPlan, too_long, {}))
    assert DEFAULTS["longest_ms"] <= MAX_SLEEP_MS
