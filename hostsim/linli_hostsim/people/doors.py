"""People passing the main door of a building."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from .timeline import arrivals, week_per_h

# Our own round figures: out in the morning, home from work and school, later at the weekend.
# Weights by hour, 00:00 first.
_WORKDAY_IN = (1, 0, 0, 0, 0, 1, 2, 4, 4, 3, 4, 6, 6, 4, 4, 5, 7, 11, 12, 9, 7, 5, 3, 2)
_WORKDAY_OUT = (1, 0, 0, 0, 1, 3, 9, 14, 9, 5, 4, 4, 5, 6, 4, 4, 5, 6, 7, 6, 4, 2, 1, 0)
_WEEKEND_IN = (2, 1, 0, 0, 0, 1, 1, 2, 4, 5, 7, 8, 7, 5, 5, 6, 7, 8, 8, 7, 6, 5, 3, 2)
_WEEKEND_OUT = (1, 0, 0, 0, 0, 1, 3, 5, 8, 9, 8, 6, 5, 6, 7, 7, 6, 6, 7, 7, 4, 2, 1, 1)


@dataclass(frozen=True, slots=True)
class Passage:
    """One person passing; `credential` is None for someone leaving or holding an unknown card."""

    entering: bool
    credential: int | None


class CardHolders:
    """Whoever stands before a door: one of `credentials` people or, now and then, a stranger."""

    def __init__(self, random: random.Random, credentials: int, unknown_share: float) -> None:
        self._random = random
        self._credentials = credentials
        self._unknown_share = unknown_share

    def enter(self) -> Passage:
        """Return the next entry; `credential` counts from 0 and is None with `unknown_share`."""
        # Both are drawn for everybody, so that more strangers change nothing for the others.
        is_unknown = self._random.random() < self._unknown_share
        credential = int(self._random.random() * self._credentials)
        return Passage(True, None if is_unknown else credential)


LEAVING = Passage(False, None)


def passages(
    random: random.Random, start: datetime, entries_per_day: float, holders: CardHolders
) -> Iterator[tuple[int, Passage]]:
    """Yield (time in µs, passage) for ever: Poisson, as many exits a day as entries."""
    entries = week_per_h(_WORKDAY_IN, _WEEKEND_IN, entries_per_day, entries_per_day)
    exits = week_per_h(_WORKDAY_OUT, _WEEKEND_OUT, entries_per_day, entries_per_day)
    both = [entering + leaving for entering, leaving in zip(entries, exits, strict=True)]
    for time_us, hour in arrivals(random, start, both):
        entering = random.random() * both[hour] < entries[hour]
        yield time_us, holders.enter() if entering else LEAVING
