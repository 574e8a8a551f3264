"""Dates and day numbers agree with the calendar."""

from linli_firmware.dates import date_of, day_of
from support import raises


def test_known_days():
    assert day_of("1970-01-01") == 0
    assert day_of("2000-02-29") == 11016
    assert day_of("2026-10-05") == 20731
    assert date_of(20731) == (2026, 10, 5)


def test_every_day_of_two_centuries_follows_the_one_before():
    year, month, day = date_of(0)
    for number in range(1, 73000):
        following = date_of(number)
        if following != (year, month, day + 1):
            assert following in ((year, month + 1, 1), (year + 1, 1, 1))
            assert day >= 28
        year, month, day = following


def test_a_date_that_does_not_exist_is_refused():
    assert "2026-02-29" in str(raises(ValueError, day_of, "2026-02-29"))
    raises(ValueError, day_of, "2026-13-01")
