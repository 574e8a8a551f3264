"""The shared channels of one carrier: NPUSCH with its tones, NPDSCH with its subframes."""

from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from math import ceil

import numpy as np
from numpy.typing import NDArray
from simpy import Environment

from ..clockwork import at, now_us
from .coverage import CLASSES, CoverageClass, Mode

TONES = 12
"""Tones of 15 kHz; each device sends on one, as in Nokia's LTE3071."""

DOWNLINK_SHARE = 0.5
"""Of the subframes, those for NPDSCH; ours: synchronisation and broadcast take a quarter."""

# Least loss at 43 dBm, and bits per second of blocks of 600 bits and more with at most a tenth of
# them lost: LENA-NB's link-level results (clean_NPDSCH_100_TRBlks.csv), stand-alone; the last is
# in-band at 164 dB, whose 35 dBm make it 172.
_NPDSCH = ((146.0, 85_000.0), (154.0, 34_000.0), (164.0, 2_656.0), (172.0, 177.0))
_NPDSCH_DB = [loss_db for loss_db, _ in _NPDSCH]
_LOG_NPDSCH = np.log([bits_per_s for _, bits_per_s in _NPDSCH])

REDUCED_DB = {Mode.STAND_ALONE: 0.0, Mode.GUARD_BAND: 8.0, Mode.IN_BAND: 8.0}
"""How much weaker than 43 dBm the base station sends: 35 dBm of 46 dBm for 10 MHz (recalled)."""


def npdsch_s(
    loss_db: float | NDArray[np.float64],
    length: float | NDArray[np.float64],
    mode: Mode = Mode.STAND_ALONE,
) -> float | NDArray[np.float64]:
    """Return how long NPDSCH takes for `length` bytes, repetitions and other channels included."""
    bits_per_s = np.exp(np.interp(loss_db + REDUCED_DB[mode], _NPDSCH_DB, _LOG_NPDSCH))
    seconds: float | NDArray[np.float64] = 8 * length / (bits_per_s * DOWNLINK_SHARE)
    return seconds


def tones(classes: tuple[CoverageClass, ...] = CLASSES) -> int:
    """Return how many whole tones NPRACH leaves to NPUSCH, on average.

    >>> tones()
    11
    """
    return int(TONES * (1 - sum(one.carrier_share for one in classes)))


class Tones:
    """Equal tones of the uplink, `count` of them; first come, first served."""

    def __init__(self, env: Environment, count: int) -> None:
        self._env = env
        self._free = count
        self._waiting: deque[tuple[int, Callable[[], None]]] = deque()

    def use(self, duration_us: int, done: Callable[[], None]) -> None:
        """Occupy a tone for `duration_us` as soon as one is free; then call `done`."""
        if self._free:
            self._free -= 1
            at(self._env, duration_us, self._end, done)
        else:
            self._waiting.append((duration_us, done))

    def _end(self, done: Callable[[], None]) -> None:
        if self._waiting:
            duration_us, next_done = self._waiting.popleft()
            at(self._env, duration_us, self._end, next_done)
        else:
            self._free += 1
        done()


class SharedSubframes:
    """The downlink's subframes, of which all packets under way get equal parts.

    A long row of repetitions has gaps for others (TS 36.211, 10.2.3.4), so that nobody waits for
    its end: processor sharing. One event is pending at most, beside those that came too early.
    """

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._order = 0
        # When each packet ends in the time of a packet that is alone.
        self._ends: list[tuple[float, int, Callable[[], None]]] = []
        self._elapsed_us = 0.0
        self._updated_us = 0
        self._round = 0

    def use(self, duration_us: int, done: Callable[[], None]) -> None:
        """Send for what would be `duration_us` if nobody else did; then call `done`."""
        self._advance()
        self._order += 1
        heappush(self._ends, (self._elapsed_us + duration_us, self._order, done))
        self._schedule()

    def _advance(self) -> None:
        now = now_us(self._env)
        if self._ends:
            self._elapsed_us += (now - self._updated_us) / len(self._ends)
        self._updated_us = now

    def _schedule(self) -> None:
        self._round += 1
        if self._ends:
            left_us = (self._ends[0][0] - self._elapsed_us) * len(self._ends)
            at(self._env, max(ceil(left_us), 0), self._finish, self._round)

    def _finish(self, round_number: int) -> None:
        if round_number != self._round:
            return
        self._advance()
        # Events come at whole microseconds, at most one after the packet's end.
        _, _, done = heappop(self._ends)
        self._schedule()
        done()
