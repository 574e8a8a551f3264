"""When each of very many devices has something to report."""

import numpy as np

from ..draws import uniform
from .frames import Ints

_PHASE, _JITTER = 1, 2

_EPOCH_US = 600_000_000
"""So much is planned at a time: each time all devices are looked at."""


class Schedule:
    """Reports at `interval_us` from a time of each device's own, late by up to `jitter_us`.

    Both are arrays, a device an index. A report is known by its device and number. The first ones
    are at `first_us`, or drawn at random within the interval.
    """

    def __init__(
        self, interval_us: Ints, jitter_us: Ints, seed: int, first_us: Ints | None = None
    ) -> None:
        devices = np.arange(len(interval_us))
        self._interval_us = interval_us
        self._jitter_us = jitter_us
        self._seed = seed
        if first_us is None:
            first_us = (uniform(seed, _PHASE, devices) * interval_us).astype(np.int64)
        self._first_us = first_us
        none = np.empty(0, np.int64)
        self._planned: tuple[Ints, Ints, Ints] = none, none, none
        self._planned_until_us = 0

    def take(self, end_us: int) -> tuple[Ints, Ints, Ints]:
        """Return device, number and time of the reports before `end_us` not yet taken, in order."""
        device, number, time_us = self._planned
        if end_us > self._planned_until_us:
            until_us = max(end_us, self._planned_until_us + _EPOCH_US)
            new = self._plan(self._planned_until_us, until_us)
            device, number = np.append(device, new[0]), np.append(number, new[1])
            time_us = np.append(time_us, new[2])
            self._planned_until_us = until_us
        count = int(np.searchsorted(time_us, end_us))
        self._planned = device[count:], number[count:], time_us[count:]
        return device[:count], number[:count], time_us[:count]

    def _plan(self, begin_us: int, end_us: int) -> tuple[Ints, Ints, Ints]:
        first = -((self._first_us + self._jitter_us - begin_us) // self._interval_us)
        number = np.maximum(first, 0)
        tick_us = self._first_us + number * self._interval_us
        device = np.flatnonzero(tick_us < end_us)
        parts = []
        while len(device):
            late = uniform(self._seed, _JITTER, device, number[device])
            time_us = tick_us[device] + (late * self._jitter_us[device]).astype(np.int64)
            kept = (time_us >= begin_us) & (time_us < end_us)
            parts.append((device[kept], number[device][kept], time_us[kept]))
            number[device] += 1
            tick_us[device] += self._interval_us[device]
            device = device[tick_us[device] < end_us]
        if not parts:
            none = np.empty(0, np.int64)
            return none, none, none
        devices, numbers, times_us = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.argsort(times_us, kind="stable")
        return devices[order], numbers[order], times_us[order]
