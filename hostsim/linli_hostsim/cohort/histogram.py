"""Durations counted as they come, in bins of equal ratio: flat memory, quantiles within 2.2 %."""

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

    def quantile_us(self, share: float) -> int:
        """Return the upper end of the bin that `share` of all do not exceed."""
        place = int(np.searchsorted(np.cumsum(self.counts), share * self.count))
        return min(round(2 ** ((place + 1) / _BINS_PER_OCTAVE)), self.max_us)
