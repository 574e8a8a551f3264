"""From where a device stands to its coupling loss: 3GPP TR 45.820, annex D (recalled).

Path loss of an urban macro cell at 900 MHz, shadowing, and what a building's walls take.
"""

from enum import Enum

import numpy as np
from numpy.typing import NDArray

Number = float | NDArray[np.float64]

REFERENCE_DB = 120.9
"""At 1 km, 900 MHz: TS 36.942, 4.5.2."""
SLOPE_DB = 37.6
LEAST_M = 35.0
"""The model holds from here on (TS 36.942)."""
SHADOWING_DB = 8.0
ANTENNAS_DB = 11.0
"""Gains less cable: base station 18 dBi and 3 dB of cable, device -4 dBi."""

# External walls: dB from and to, and share of devices (scenario 1).
_EXTERNAL_DB = ((4.0, 11.0), (11.0, 19.0), (19.0, 23.0))
_EXTERNAL_SHARES = (0.25, 0.65, 0.10)
_INTERNAL_DB = (4.0, 10.0)
_MOST_WALLS = 3
_DEPTH_M = 15.0
_DB_PER_M = 0.6
_DB_PER_FLOOR = 1.5
_FLOORS = 5

# Indoors and deep indoors: Monhof et al. 2018, as in ns3-propagation-winner-plus.
_INDOOR_DB = 15.4
_DEEP_INDOOR_DB = 20.9


class Place(Enum):
    """Where a device is: outdoors, indoors, in a cellar, or drawn by annex D's scenario 1."""

    OUTDOOR = "outdoor"
    INDOOR = "indoor"
    DEEP_INDOOR = "deep indoor"
    BUILDING = "building"


def path_loss_db(distance_m: Number) -> Number:
    """Return the mean loss outdoors over `distance_m`."""
    loss: Number = REFERENCE_DB + SLOPE_DB * np.log10(np.maximum(distance_m, LEAST_M) / 1000)
    return loss


def penetration_db(place: Place, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Return what walls take from `count` devices in such a place."""
    if place is Place.BUILDING:
        return _annex_d(generator, count)
    fixed = {Place.OUTDOOR: 0.0, Place.INDOOR: _INDOOR_DB, Place.DEEP_INDOOR: _DEEP_INDOOR_DB}
    return np.full(count, fixed[place])


def _annex_d(generator: np.random.Generator, count: int) -> NDArray[np.float64]:
    wall = generator.choice(len(_EXTERNAL_DB), count, p=_EXTERNAL_SHARES)
    least, most = np.array(_EXTERNAL_DB)[wall].T
    external = generator.uniform(least, most)
    walls = generator.uniform(*_INTERNAL_DB, count) * generator.integers(0, _MOST_WALLS + 1, count)
    depth = _DB_PER_M * generator.uniform(0, _DEPTH_M, count)
    height = _DB_PER_FLOOR * generator.integers(0, _FLOORS, count)
    return np.asarray(external + np.maximum(walls, depth) - height)


def coupling_loss_db(
    distance_m: NDArray[np.float64], place: Place, generator: np.random.Generator
) -> NDArray[np.float64]:
    """Return the coupling losses of devices towards a sector that points at them."""
    count = len(distance_m)
    shadowing = generator.normal(0.0, SHADOWING_DB, count)
    walls = penetration_db(place, generator, count)
    return np.asarray(path_loss_db(distance_m) + shadowing + walls - ANTENNAS_DB)
