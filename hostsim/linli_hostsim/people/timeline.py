"""Timed happenings as iterators: playing them on the virtual clock, and drawing them at random."""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from simpy import Environment

from ..clockwork import US_PER_H, at, now_us

HOURS_PER_WEEK = 168
WORKDAYS = 5

Happening = TypeVar("Happening")


def play(
    env: Environment,
    timeline: Iterator[tuple[int, Happening]],
    callback: Callable[[Happening], None],
) -> None:
    """Call `callback` with each happening of `timeline` at its time in µs of virtual time.

    Times must not decrease. The iterator is advanced only when its last happening is over, so a
    timeline has at most one pending event and may be endless.
    """
    upcoming = next(timeline, None)
    if upcoming is not None:
        time_us, happening = upcoming
        at(env, time_us - now_us(env), _happen, env, timeline, callback, happening)


def _happen(
    env: Environment,
    timeline: Iterator[tuple[int, Happening]],
    callback: Callable[[Happening], None],
    happening: Happening,
) -> None:
    callback(happening)
    play(env, timeline, callback)


def week_per_h(
    workday: Sequence[float], weekend: Sequence[float], workday_total: float, weekend_total: float
) -> list[float]:
    """Return the rate in each hour of a week from Monday 00:00: profiles scaled to daily totals.

    `workday` and `weekend` are 24 weights each, of any scale.
    """
    days = [(workday, workday_total, sum(workday))] * WORKDAYS
    days += [(weekend, weekend_total, sum(weekend))] * 2
    return [weight * total / whole for profile, total, whole in days for weight in profile]


def since_monday_us(start: datetime) -> int:
    """Return how far into its week `start`, the local time of virtual time 0, lies."""
    monday = start.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(start.weekday())
    return (start - monday) // timedelta(microseconds=1)


def arrivals(
    random: random.Random, start: datetime, per_h: Sequence[float]
) -> Iterator[tuple[int, int]]:
    """Yield (time in µs, hour of the week) of a Poisson process, endless unless all rates are 0.

    `per_h` holds the rate of each hour of the week. Exact by inversion of the cumulative rate,
    which grows linearly within an hour (Law, Simulation Modeling and Analysis, section 8.6.2).
    """
    if not any(per_h):
        return
    origin_us = clock_us = since_monday_us(start)
    while True:
        missing = random.expovariate(1.0)
        while True:
            hour = clock_us // US_PER_H
            rate = per_h[hour % HOURS_PER_WEEK]
            end_us = (hour + 1) * US_PER_H
            gain = rate * (end_us - clock_us) / US_PER_H
            if gain > missing:
                break
            missing -= gain
            clock_us = end_us
        clock_us += int(missing / rate * US_PER_H)
        yield clock_us - origin_us, hour % HOURS_PER_WEEK
