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
        """Return the intervals, which may come in any order; those that overlap become one."""
        if not len(gateway):
            return cls(gateway, begin_us, end_us)
        origin = int(begin_us.min())
        span_us = int(end_us.max()) - origin + 1
        order = np.argsort(gateway * span_us + (begin_us - origin))
        gateway, begin_us, end_us = gateway[order], begin_us[order], end_us[order]
        same = gateway[1:] == gateway[:-1]
        if not (same & (begin_us[1:] < end_us[:-1])).any():
            return cls(gateway, begin_us, end_us)
        start = gateway * span_us - origin
        reached = np.maximum.accumulate(start + end_us)
        first = np.flatnonzero(np.append(True, start[1:] + begin_us[1:] >= reached[:-1]))
        last = np.append(first[1:], len(gateway)) - 1
        return cls(gateway[first], begin_us[first], (reached - start)[last])

    def joined(self, other: "Transmissions") -> "Transmissions":
        """Return these and the `other` intervals."""
        if not len(self) or not len(other):
            return self if len(self) else other
        return Transmissions.of(
            np.concatenate((self.gateway, other.gateway)),
            np.concatenate((self.begin_us, other.begin_us)),
            np.concatenate((self.end_us, other.end_us)),
        )

    @classmethod
    def none(cls) -> Self:
        """Return no intervals."""
        empty = np.empty(0, np.int64)
        return cls(empty, empty, empty)

    def __len__(self) -> int:
        return len(self.gateway)

    def take(self, kept: Flags) -> "Transmissions":
        """Return some of the intervals."""
        return Transmissions(self.gateway[kept], self.begin_us[kept], self.end_us[kept])

    def equals(self, other: "Transmissions") -> bool:
        """Tell whether these are the same intervals."""
        return (
            np.array_equal(self.gateway, other.gateway)
            and np.array_equal(self.begin_us, other.begin_us)
            and np.array_equal(self.end_us, other.end_us)
        )

    def differing(self, other: "Transmissions") -> Ints:
        """Return gateways at which the `other` ones have an interval more or less, or another."""
        if not len(self) or not len(other):
            return np.concatenate((self.gateway, other.gateway))
        origin = min(int(self.begin_us.min()), int(other.begin_us.min()))
        span_us = max(int(self.begin_us.max()), int(other.begin_us.max())) - origin + 1
        keys = [one.gateway * span_us + (one.begin_us - origin) for one in (self, other)]
        at = np.minimum(np.searchsorted(keys[1], keys[0]), len(other) - 1)
        same = (keys[1][at] == keys[0]) & (other.end_us[at] == self.end_us)
        is_known = np.zeros(len(other), np.bool_)
        is_known[at[same]] = True
        return np.concatenate((self.gateway[~same], other.gateway[~is_known]))

    def meet(self, gateway: Ints, begin_us: Ints, end_us: Ints) -> tuple[Flags, Ints]:
        """Return which frames begin while their gateway transmits, and when it cuts them off.

        That is when it begins to transmit before their end; NEVER_US where it does not.
        """
        is_deaf = np.zeros(len(gateway), np.bool_)
        cut_us = np.full(len(gateway), NEVER_US)
        if not len(self):
            return is_deaf, cut_us
        # Of most frames' gateways none transmits.
        last_gateway = int(self.gateway[-1])
        transmits = np.zeros(last_gateway + 2, np.bool_)
        transmits[self.gateway] = True
        which = np.flatnonzero(transmits[np.minimum(gateway, last_gateway + 1)])
        gateway, begin_us, end_us = gateway[which], begin_us[which], end_us[which]
        origin = min(int(self.begin_us.min()), int(begin_us.min(initial=NEVER_US)))
        span = max(int(self.end_us.max()), int(end_us.max(initial=0))) - origin + 1
        begins = self.gateway * span + (self.begin_us - origin)
        at = np.searchsorted(begins, gateway * span + (begin_us - origin), side="right")
        last = np.maximum(at - 1, 0)
        is_before = (at > 0) & (self.gateway[last] == gateway)
        is_deaf[which] = is_before & (self.end_us[last] > begin_us)
        following = np.minimum(at, len(self) - 1)
        cuts = (at < len(self)) & (self.gateway[following] == gateway)
        cuts &= self.begin_us[following] < end_us
        cut_us[which[cuts]] = self.begin_us[following[cuts]]
        return is_deaf, cut_us
