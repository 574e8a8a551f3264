"""When gateways transmit and are deaf."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from .collisions import NEVER_US
from .frames import Flags, Ints


@dataclass(frozen=True, slots=True)
class Transmissions:
    """Intervals in which gateways transmit, by gateway and time; those of one do not overlap."""

    gateway: Ints
    begin_us: Ints
    end_us: Ints

    @classmethod
    def of(cls, gateway: Ints, begin_us: Ints, end_us: Ints) -> Self:
        """Return the intervals, which may come in any order."""
        order = np.lexsort((begin_us, gateway))
        return cls(gateway[order], begin_us[order], end_us[order])

    @classmethod
    def none(cls) -> Self:
        """Return no intervals."""
        empty = np.empty(0, np.int64)
        return cls(empty, empty, empty)

    def __len__(self) -> int:
        return len(self.gateway)

    def after(self, time_us: int) -> "Transmissions":
        """Return the intervals that end after `time_us`."""
        kept = self.end_us > time_us
        return Transmissions(self.gateway[kept], self.begin_us[kept], self.end_us[kept])

    def meet(self, gateway: Ints, begin_us: Ints, end_us: Ints) -> tuple[Flags, Ints]:
        """Return which frames begin while their gateway transmits, and when it cuts them off.

        That is when it begins to transmit before their end; NEVER_US where it does not.
        """
        if not len(self):
            return np.zeros(len(gateway), np.bool_), np.full(len(gateway), NEVER_US)
        origin = min(int(self.begin_us.min()), int(begin_us.min(initial=NEVER_US)))
        span = max(int(self.end_us.max()), int(end_us.max(initial=0))) - origin + 1
        begins = self.gateway * span + (self.begin_us - origin)
        at = np.searchsorted(begins, gateway * span + (begin_us - origin), side="right")
        last = np.maximum(at - 1, 0)
        is_deaf = (at > 0) & (self.gateway[last] == gateway) & (self.end_us[last] > begin_us)
        following = np.minimum(at, len(self) - 1)
        cuts = (at < len(self)) & (self.gateway[following] == gateway)
        cuts &= self.begin_us[following] < end_us
        return is_deaf, np.where(cuts, self.begin_us[following], NEVER_US)
