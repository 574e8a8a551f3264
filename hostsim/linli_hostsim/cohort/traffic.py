"""The account of a cohort's frames in one direction: hours, channels, and what became of them."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..clockwork import US_PER_H
from ..packet import Fate
from .frames import Ints


class Traffic:
    """Sums of packets, their bytes and their airtime in µs: three columns.

    `fates` has them by Fate, of frames that have ended.
    """

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._begun: NDArray[np.int64] = np.zeros((0, channels, 3), np.int64)
        self.fates = np.zeros((len(Fate), 3), np.int64)

    def begin(self, begin_us: Ints, channel: Ints, payload_bytes: Ints, airtime_us: Ints) -> None:
        """Count frames in the hour in which they begin."""
        hour = begin_us // US_PER_H
        missing = int(hour.max(initial=-1)) + 1 - len(self._begun)
        if missing > 0:
            more = np.zeros((missing, self._channels, 3), np.int64)
            self._begun = np.concatenate((self._begun, more))
        np.add.at(self._begun, (hour, channel), _columns(payload_bytes, airtime_us))

    def end(self, fate: Ints, payload_bytes: Ints, airtime_us: Ints) -> None:
        """Count frames by what became of them."""
        np.add.at(self.fates, fate, _columns(payload_bytes, airtime_us))

    @property
    def under_way(self) -> list[int]:
        """Of what has begun, that which has not ended: packets, bytes and airtime."""
        begun: list[int] = (self._begun.sum(axis=(0, 1)) - self.fates.sum(axis=0)).tolist()
        return begun

    def by_hour(self) -> Iterator[tuple[int, int, list[int]]]:
        """Yield hour, channel, and packets, bytes and airtime begun, but for empty ones."""
        for hour, channel in np.argwhere(self._begun[:, :, 0]).tolist():
            yield hour, channel, self._begun[hour, channel].tolist()


def _columns(payload_bytes: Ints, airtime_us: Ints) -> NDArray[np.int64]:
    return np.stack((np.ones_like(airtime_us), payload_bytes, airtime_us), axis=1)
