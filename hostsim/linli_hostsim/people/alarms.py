"""People pressing for help."""

import random
from collections.abc import Iterator
from datetime import datetime

from .timeline import arrivals, week_per_h

DAYS_PER_MONTH = 365.25 / 12

# Our own round figures: most while people are up, with a share at night. Weights by hour.
_DAY = (2, 2, 2, 2, 2, 3, 5, 6, 6, 6, 5, 5, 5, 5, 5, 5, 5, 5, 6, 6, 5, 4, 3, 3)


def presses(random: random.Random, start: datetime, per_month: float) -> Iterator[tuple[int, None]]:
    """Yield (time in µs, None) for each incident of one user, `per_month` expected.

    Whether it is an emergency or a mistake makes no difference to the device.
    """
    per_day = per_month / DAYS_PER_MONTH
    for time_us, _ in arrivals(random, start, week_per_h(_DAY, _DAY, per_day, per_day)):
        yield time_us, None
