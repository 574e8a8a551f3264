"""Durations counted as they come, in bins of equal ratio: flat memory, quantiles within 2.2 %."""

from collections.abc import Iterable
from typing import Self

import numpy as np

from .frames import Ints

_BINS_PER_OCTAVE = 32
_OCTAVES = 48


class Histogram:
    """Counts of durations from 1 µs to a few years."""

    def __init__(self) -> None:
        self.counts = np.zeros(_BINS_PER_OCTAVE * _OCTAVES, np.int64)
        self.sum_us = 0
        self.max_us = 0

    @property
    def count(self) -> int:
        """How many durations there were."""
        return int(self.counts.sum())

    @property
    def mean_us(self) -> float:
        """Their mean; ZeroDivisionError when there were none."""
        return self.sum_us / self.count

    def add(self, durations_us: Ints) -> None:
        """Count `durations_us`; less than 1 µs counts as 1 µs."""
        if len(durations_us):
            bins = (np.log2(np.maximum(durations_us, 1)) * _BINS_PER_OCTAVE).astype(np.int64)
            self.counts += np.bincount(bins, minlength=len(self.counts))
            self.sum_us += int(durations_us.sum())
            self.max_us = max(self.max_us, int(durations_us.max()))

    @classmethod
    def sum(cls, parts: Iterable[Self]) -> Self:
        """Return all that `parts` have counted."""
        total = cls()
        for part in parts:
            total.counts += part.counts
            total.sum_us += part.sum_us
            total.max_us = max(total.max_us, part.max_us)
        return total

    def bins(self) -> list[tuple[int, int]]:
        """Return (upper end in µs, count) of each bin that is not empty."""
        places = np.flatnonzero(self.counts).tolist()
        return [(self._upper_us(place), int(self.counts[place])) for place in places]

    def quantile_us(self, share: float) -> int:
        """Return the upper end of the bin that `share` of all do not exceed."""
        place = int(np.searchsorted(np.cumsum(self.counts), share * self.count))
        return self._upper_us(place)

    def _upper_us(self, place: int) -> int:
        return min(round(2 ** ((place + 1) / _BINS_PER_OCTAVE)), self.max_us)
