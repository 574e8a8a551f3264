"""Calendar dates from day numbers, where day 0 is 1970-01-01.

The proleptic Gregorian rules with years that begin in March, so that the leap day is the last
(E. G. Richards, Explanatory Supplement to the Astronomical Almanac, 3rd ed., 15.11).
"""

_ERA_DAYS = 146097
_DAYS_BEFORE_1970 = 719468


def date_of(day: int) -> "tuple[int, int, int]":
    """Return (year, month, day of month) of a day number >= 0."""
    day += _DAYS_BEFORE_1970
    era = day // _ERA_DAYS
    day_of_era = day % _ERA_DAYS
    year = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * year + year // 4 - year // 100)
    month = (5 * day_of_year + 2) // 153
    day_of_month = day_of_year - (153 * month + 2) // 5 + 1
    return year + era * 400 + (month >= 10), month + 3 - 12 * (month >= 10), day_of_month


def day_of(iso_date: str) -> int:
    """Return the day number of "YYYY-MM-DD"; ValueError when there is no such date."""
    year, month, day_of_month = [int(part) for part in iso_date.split("-")]
    march_year = year - (month <= 2)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day_of_month - 1
    leaps = march_year // 4 - march_year // 100 + march_year // 400
    day = 365 * march_year + leaps + day_of_year - _DAYS_BEFORE_1970
    if date_of(day) != (year, month, day_of_month):
        raise ValueError(iso_date + ": no such date")
    return day
