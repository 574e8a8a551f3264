"""Real counts at a building's main door, played back as people passing."""

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from ..people.doors import LEAVING, CardHolders, Passage
from .csv_rows import PLAUSIBLE_YEARS, Findings, Flaw, ReplayError, csv_rows

COLUMNS = ("date", "time", "direction", "count")
SLOT = timedelta(minutes=30)
US = timedelta(microseconds=1)
DAYS_PER_WEEK = 7
PLAUSIBLE_COUNT = 10_000


class DoorReplay:
    """The counts of one file; `days` are the dates it covers, `rejected` the rows not used."""

    def __init__(self, counts: Counter[tuple[datetime, bool]], rejected: Findings) -> None:
        self.days = sorted({begin.date() for begin, _ in counts})
        self.rejected = rejected
        self._counts = counts

    @classmethod
    def load(cls, path: Path) -> "DoorReplay":
        """Read a file with the columns date, time, direction (in, out), count per 30 minutes.

        ReplayError when the file is something else or has less than a week of usable rows.
        """
        counts: Counter[tuple[datetime, bool]] = Counter()
        rejected = Findings()
        for line, fields in csv_rows(path, COLUMNS):
            try:
                day, time, direction, count_text = fields
                begin = datetime.fromisoformat(f"{day}T{time}")
                entering = {"in": True, "out": False}[direction]
                count = int(count_text)
                if begin.tzinfo or begin.year not in PLAUSIBLE_YEARS or count > PLAUSIBLE_COUNT:
                    raise ValueError("implausible time or count")
            except (ValueError, KeyError):
                rejected.note(Flaw.UNPARSABLE, line)
                continue
            if count < 0:
                rejected.note(Flaw.NEGATIVE, line)
            elif (begin, entering) in counts:
                rejected.note(Flaw.REPEATED, line)
            else:
                counts[begin, entering] = count
        replay = cls(counts, rejected)
        if len({day.weekday() for day in replay.days}) < DAYS_PER_WEEK:
            raise ReplayError(f"{path}: not every day of the week has a usable row")
        return replay

    def passages(
        self, start: datetime, week: int, random: random.Random, holders: CardHolders
    ) -> Iterator[tuple[int, Passage]]:
        """Yield (µs since `start`, passage) for ever, each within its recorded half hour.

        Simulated days replay recorded days of the same weekday in turn, from the `week`th of them,
        so that doors which replay one file need not all have the same week.
        """
        by_weekday: list[list[date]] = [[] for _ in range(DAYS_PER_WEEK)]
        for day in self.days:
            by_weekday[day.weekday()].append(day)
        today = start.replace(hour=0, minute=0, second=0, microsecond=0)
        for ordinal in itertools.count():
            pool = by_weekday[today.weekday()]
            recorded = datetime.combine(
                pool[(week + ordinal // DAYS_PER_WEEK) % len(pool)], datetime.min.time()
            )
            for slot in range(timedelta(days=1) // SLOT):
                yield from self._slot(
                    recorded + slot * SLOT, (today + slot * SLOT - start) // US, random, holders
                )
            today += timedelta(days=1)

    def _slot(
        self, recorded: datetime, begin_us: int, random: random.Random, holders: CardHolders
    ) -> Iterator[tuple[int, Passage]]:
        timed = sorted(
            (begin_us + random.randrange(SLOT // US), entering)
            for entering in (True, False)
            for _ in range(self._counts[recorded, entering])
        )
        for time_us, entering in timed:
            if time_us >= 0:
                yield time_us, holders.enter() if entering else LEAVING
