"""When a credential is good: by weekday, minute and date, with holidays (IEC 60839-11-1, Table 4).

A schedule is a list of rules, a rule a dict:

    days         bit mask, Monday 1, Tuesday 2, ... Sunday 64, HOLIDAY 128
    from_minute  minute of the local day at which the rule begins, 0 to 1439
    to_minute    minute at which it ends, up to 1440; a rule does not pass midnight, two do
    first_date   "YYYY-MM-DD" from which it holds; always when left out
    last_date    "YYYY-MM-DD" to which it holds, itself included; always when left out

On a holiday only rules with the HOLIDAY bit hold, whatever the weekday.
"""

from ..clock import DAY_S, minute_of_day, weekday
from ..dates import day_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Rule = tuple[int, int, int, int, int]

HOLIDAY = 128
_KEYS = ("days", "from_minute", "to_minute", "first_date", "last_date")


class Schedules:
    """The schedules of a door by number (1 to 255), and its holidays as a list of dates.

    ValueError names the schedule whose rules are unlawful, or the date that does not exist.
    """

    def __init__(self, schedules: "dict[int, list[dict[str, Any]]]", holidays: "list[str]") -> None:
        self._holidays = {day_of(date) for date in holidays}
        self._rules: "dict[int, list[Rule]]" = {}
        for number, rules in schedules.items():
            self._rules[number] = [self._parsed(number, rule) for rule in rules]

    def allows(self, number: int, local_s: int) -> bool:
        """Tell whether schedule `number` is open at local seconds; a missing one never is."""
        day = local_s // DAY_S
        minute = minute_of_day(local_s)
        today = HOLIDAY if day in self._holidays else 1 << weekday(local_s)
        for days, from_minute, to_minute, first_day, last_day in self._rules.get(number, ()):
            if days & today and from_minute <= minute < to_minute and first_day <= day <= last_day:
                return True
        return False

    @staticmethod
    def _parsed(number: int, rule: "dict[str, Any]") -> "Rule":
        name = "schedule " + str(number)
        for key in rule:
            if key not in _KEYS:
                raise ValueError(name + ": no such key: " + key)
        days = rule["days"]
        from_minute = rule.get("from_minute", 0)
        to_minute = rule.get("to_minute", 1440)
        if not 0 < days < 256 or not 0 <= from_minute < to_minute <= 1440:
            raise ValueError(name + ": days or minutes out of range")
        first_day = day_of(rule.get("first_date", "1970-01-01"))
        last_day = day_of(rule.get("last_date", "9999-12-31"))
        return days, from_minute, to_minute, first_day, last_day
