"""How long each hour of a run is, and the share of it for which a channel was used."""

import numpy as np
from numpy.typing import NDArray

from ..clockwork import US_PER_H, US_PER_S
from ..tables import Columns


def hours_us(duration_s: int) -> NDArray[np.float64]:
    """Return how long each hour of a run is; the last may be short."""
    hours = -(-duration_s // 3600)
    length_us = np.full(hours, float(US_PER_H))
    length_us[-1] = duration_s * US_PER_S - US_PER_H * (hours - 1)
    return length_us


def occupancy(air: Columns, bearer: str, duration_s: int) -> NDArray[np.float64]:
    """Return the percentage of time on the air, shape (channels, hours).

    Packets on one channel at one time add up, so overlapping ones count twice.
    """
    own = air["bearer"] == bearer
    length_us = hours_us(duration_s)
    busy_us = np.zeros((int(air["channel"][own].max()) + 1, len(length_us)))
    np.add.at(busy_us, (air["channel"][own], air["hour"][own]), air["airtime_us"][own])
    percent: NDArray[np.float64] = 100 * busy_us / length_us
    return percent
