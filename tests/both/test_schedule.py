"""Schedules by weekday, minute, date and holiday."""

from linli_firmware.apps.schedule import HOLIDAY, Schedules
from linli_firmware.clock import DAY_S
from linli_firmware.dates import day_of
from support import raises

WEEKDAYS = 31
OFFICE = [{"days": WEEKDAYS, "from_minute": 480, "to_minute": 1080}]


def at(date, hour, minute=0):
    return day_of(date) * DAY_S + hour * 3600 + minute * 60


def test_office_hours():
    schedules = Schedules({1: OFFICE}, [])
    assert schedules.allows(1, at("2026-10-05", 8))
    assert not schedules.allows(1, at("2026-10-05", 7, 59))
    assert schedules.allows(1, at("2026-10-09", 17, 59))
    assert not schedules.allows(1, at("2026-10-09", 18))
    assert not schedules.allows(1, at("2026-10-10", 12))


def test_on_a_holiday_only_its_own_rules_hold():
    rules = OFFICE + [{"days": HOLIDAY, "from_minute": 600, "to_minute": 720}]
    schedules = Schedules({1: rules}, ["2026-10-01"])
    assert not schedules.allows(1, at("2026-10-01", 9))
    assert schedules.allows(1, at("2026-10-01", 11))
    assert not schedules.allows(1, at("2026-10-02", 19))


def test_dates_bound_a_rule_themselves_included():
    rule = {"days": 127, "first_date": "2024-02-28", "last_date": "2024-02-29"}
    schedules = Schedules({4: [rule]}, [])
    assert not schedules.allows(4, at("2024-02-27", 23, 59))
    assert schedules.allows(4, at("2024-02-28", 0))
    assert schedules.allows(4, at("2024-02-29", 23, 59))
    assert not schedules.allows(4, at("2024-03-01", 0))


def test_a_missing_schedule_is_never_open():
    assert not Schedules({}, []).allows(1, at("2026-10-05", 12))


def test_an_unlawful_rule_is_named():
    wrong = {"days": 31, "from_minute": 1320, "to_minute": 360}
    assert "schedule 3" in str(raises(ValueError, Schedules, {3: [wrong]}, []))
    assert "hours" in str(raises(ValueError, Schedules, {3: [{"days": 1, "hours": 2}]}, []))
    raises(ValueError, Schedules, {}, ["2026-02-30"])
