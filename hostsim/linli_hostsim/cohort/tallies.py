"""The account of a cohort."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..packet import Fate
from .frames import Ints
from .histogram import Histogram


@dataclass(slots=True)
class Tallies:
    """Sums so far, each an array by kind of device.

    `offered`, `delivered` and `acknowledged` count reports. `merged`: those that fell due while as
    many messages were under way as may be, whose content goes with a later one. `frames` counts
    those of all messages that began, `fates` (by kind and Fate) those that have ended. Of the
    `answers` sent `unheard` did not reach their device; `unsent` found no gateway free. `delivery`
    is the time from a report to the hub's having it, `acknowledgement` that to its device's knowing
    so.
    """

    kinds: int
    offered: Ints = field(init=False)
    merged: Ints = field(init=False)
    delivered: Ints = field(init=False)
    acknowledged: Ints = field(init=False)
    frames: Ints = field(init=False)
    retransmissions: Ints = field(init=False)
    answers: Ints = field(init=False)
    unheard: Ints = field(init=False)
    unsent: Ints = field(init=False)
    fates: NDArray[np.int64] = field(init=False)
    delivery: list[Histogram] = field(init=False)
    acknowledgement: list[Histogram] = field(init=False)

    def __post_init__(self) -> None:
        self.offered, self.merged, self.delivered, self.acknowledged = self._zeros(4)
        self.frames, self.retransmissions = self._zeros(2)
        self.answers, self.unheard, self.unsent = self._zeros(3)
        self.fates = np.zeros((self.kinds, len(Fate)), np.int64)
        self.delivery = [Histogram() for _ in range(self.kinds)]
        self.acknowledgement = [Histogram() for _ in range(self.kinds)]

    @property
    def outstanding(self) -> Ints:
        """Messages that the hub lacks so far."""
        return self.offered - self.delivered

    def _zeros(self, count: int) -> list[Ints]:
        return [np.zeros(self.kinds, np.int64) for _ in range(count)]
