"""Leak and dry detection: how many hourly registers in a row saw flow, or none.

A household at rest has an hour without flow every day; a leak has none (products alarm when there
was no pause of a given length in 24 h, for example Sensing Labs' pulse sensors). Both runs follow
from the registers alone, so that a restart takes them up from the store and keeps no state of its
own.
"""

from .registers import HOUR_S, HOURLY, Registers


class HourRuns:
    """`flow_hours` and `zero_hours`: the current runs of hours with and without flow.

    An hour with no more than `threshold_ml` counts as one without flow for a leak.
    """

    def __init__(self, registers: Registers, threshold_ml: int, longest_h: int) -> None:
        self._threshold_ml = threshold_ml
        self.flow_hours = 0
        self.zero_hours = 0
        volumes: "list[int]" = []
        index = registers.end_index(HOURLY) - 1
        newer = registers.read(HOURLY, index)
        while newer is not None and len(volumes) < longest_h:
            index -= 1
            older = registers.read(HOURLY, index)
            if older is None or newer[0] - older[0] != HOUR_S:
                break
            volumes.append(newer[1] - older[1])
            # The runs end where one kind of hour follows the other.
            if self._breaks(volumes[0], volumes[-1]):
                break
            newer = older
        for volume_ml in reversed(volumes):
            self.add(volume_ml)

    def add(self, volume_ml: int) -> None:
        """Take the volume of one more hour."""
        self.flow_hours = self.flow_hours + 1 if volume_ml > self._threshold_ml else 0
        self.zero_hours = self.zero_hours + 1 if volume_ml == 0 else 0

    def _breaks(self, newest_ml: int, volume_ml: int) -> bool:
        if newest_ml > self._threshold_ml:
            return volume_ml <= self._threshold_ml
        return volume_ml > 0
