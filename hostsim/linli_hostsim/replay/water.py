"""Hourly register readings of real households, played back as draws."""

import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from ..clockwork import US_PER_S
from ..people.water import Draw
from .csv_rows import PLAUSIBLE_YEARS, Findings, Flaw, ReplayError, csv_rows

COLUMNS = ("household", "local_time", "register_l", "litres_in_hour")
LATE = timedelta(minutes=66)
GAP = timedelta(minutes=90)
HOUR = timedelta(hours=1)
PLAUSIBLE_L = 1e6
US = timedelta(microseconds=1)

STEADY_READINGS = 12
"""Readings on either side among which the least is taken as steady flow."""
DRAW_ML = 10_000
"""What is not steady comes in about this much at a time; our own figure."""
DRAW_ML_PER_S = 130
"""A shower's flow; our own figure."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one household used in (begin, end], local time."""

    begin: datetime
    end: datetime
    volume_ml: int


@dataclass(frozen=True, slots=True)
class Spell:
    """Consecutive readings without a pause in the flow, from `begin`, local time."""

    begin: datetime
    readings: int


class WaterReplay:
    """The households of one file.

    `households` are their names in order, `span` is the first and last local time. `rejected` tells
    which rows are not used, `irregular` which are used although something is odd about them.
    """

    def __init__(
        self, readings: dict[str, list[Reading]], rejected: Findings, irregular: Findings
    ) -> None:
        self.households = sorted(readings)
        self.span = (
            min(series[0].begin for series in readings.values()),
            max(series[-1].end for series in readings.values()),
        )
        self.rejected = rejected
        self.irregular = irregular
        self._readings = readings

    @classmethod
    def load(cls, path: Path) -> "WaterReplay":
        """Read a file with the columns household, local_time, register_l, litres_in_hour.

        A row gives the litres since the household's row before. ReplayError when the file is
        something else or has no usable row.
        """
        readings: defaultdict[str, list[Reading]] = defaultdict(list)
        last_end: dict[str, datetime] = {}
        rejected, irregular = Findings(), Findings()
        for line, fields in csv_rows(path, COLUMNS):
            try:
                household, end, litres = _parse(fields)
            except ValueError:
                rejected.note(Flaw.UNPARSABLE, line)
                continue
            begin = last_end.get(household, end - HOUR)
            if end <= begin:
                rejected.note(Flaw.OUT_OF_ORDER, line)
                continue
            last_end[household] = end
            if litres < 0:
                rejected.note(Flaw.NEGATIVE, line)
                continue
            if end - begin > GAP:
                irregular.note(Flaw.GAP, line)
            elif end - begin > LATE:
                irregular.note(Flaw.LATE, line)
            readings[household].append(Reading(begin, end, round(litres * 1000)))
        if not readings:
            raise ReplayError(f"{path}: no usable row")
        return cls(dict(readings), rejected, irregular)

    def volume_ml(self, household: str) -> int:
        """Return the sum of all readings used."""
        return sum(reading.volume_ml for reading in self._readings[household])

    def first_common_day(self) -> date:
        """Return the first day before whose start every household has been read."""
        latest = max(series[0].end for series in self._readings.values())
        return latest.date() + timedelta(days=1)

    def longest_flow(self, household: str, at_least_ml: int) -> Spell:
        """Return the longest run of readings without gap of which none is below `at_least_ml`.

        A long one suggests a leak, and a replay that starts in it should raise an alarm. ValueError
        when no two readings in a row make one.
        """
        best: Spell | None = None
        begin = last_end = datetime.min
        count = 0
        for reading in self._readings[household]:
            broken = reading.begin != last_end or reading.end - reading.begin > GAP
            last_end = reading.end
            if broken or reading.volume_ml < at_least_ml:
                begin, count = reading.end, 0
                continue
            count += 1
            if best is None or count > best.readings:
                best = Spell(begin, count)
        if best is None:
            raise ValueError(f"household {household}: no run of readings of {at_least_ml} ml")
        return best

    def draws(
        self, household: str, start: datetime, random: random.Random
    ) -> Iterator[tuple[int, Draw]]:
        """Yield (µs since `start`, draw) until the household's last reading; KeyError if unknown.

        Each reading's volume is drawn exactly within its interval. The least of the readings around
        it is taken to flow all the time (minimum night flow analysis, IWA Water Loss Task Force),
        so that a leak stays a leak; the rest comes as separate draws. Of the interval in which
        `start` lies, only what follows is drawn.
        """
        series = self._readings[household]
        first = bisect_right(series, start, key=lambda reading: reading.end)
        for index in range(first, len(series)):
            reading = series[index]
            around = series[max(index - STEADY_READINGS, 0) : index + STEADY_READINGS + 1]
            steady_ml = min(neighbour.volume_ml for neighbour in around)
            begin_us, end_us = (reading.begin - start) // US, (reading.end - start) // US
            timed = _split(random, begin_us, end_us, reading.volume_ml - steady_ml)
            if steady_ml:
                timed.append((begin_us, Draw(steady_ml, end_us - begin_us)))
            for time_us, draw in sorted(timed, key=lambda each: each[0]):
                if time_us >= 0:
                    yield time_us, draw
                elif time_us + draw.duration_us > 0:
                    rest_us = time_us + draw.duration_us
                    yield 0, Draw(draw.volume_ml * rest_us // draw.duration_us, rest_us)


def _parse(fields: list[str]) -> tuple[str, datetime, float]:
    """Return household, local time and litres of a row; ValueError when it cannot be one."""
    household, local_time, _, litres_text = fields
    end, litres = datetime.fromisoformat(local_time), float(litres_text)
    if not household or end.tzinfo or end.year not in PLAUSIBLE_YEARS:
        raise ValueError("implausible household or time")
    if not -PLAUSIBLE_L <= litres <= PLAUSIBLE_L:
        raise ValueError("implausible volume")
    return household, end, litres


def _split(
    random: random.Random, begin_us: int, end_us: int, volume_ml: int
) -> list[tuple[int, Draw]]:
    """Return draws of `volume_ml` in all that start and end in the interval."""
    if not volume_ml:
        return []
    cuts = [random.randrange(volume_ml) for _ in range(volume_ml // DRAW_ML)]
    timed = []
    for low, high in pairwise(sorted({0, *cuts, volume_ml})):
        duration_us = min((high - low) * US_PER_S // DRAW_ML_PER_S, end_us - begin_us)
        latest_us = end_us - duration_us
        timed.append((random.randint(begin_us, latest_us), Draw(high - low, duration_us)))
    return timed
