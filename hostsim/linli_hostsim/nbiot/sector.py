"""Coupling losses all over TR 45.820's sectors: three at each site, 1732 m to the next."""

import numpy as np
from numpy.typing import NDArray

from .path import ANTENNAS_DB, SHADOWING_DB, Place, path_loss_db, penetration_db

SITE_DISTANCE_M = 1732.0
SECTORS = 3
CLASS_SHARES = (0.922, 0.064, 0.014)
"""Of devices in buildings, those in each coverage class; from a million of the draws below."""
AREA_KM2 = (SITE_DISTANCE_M / 1000) ** 2 * np.sqrt(3) / 2 / SECTORS

_SITE_CORRELATION = 0.5
# Horizontal pattern: TS 36.942, 4.2.
_BEAM_DEG = 65.0
_FRONT_TO_BACK_DB = 20.0

_ANGLES = np.radians(np.arange(30, 390, 60))
_SITES_M = np.vstack(
    [np.zeros(2), SITE_DISTANCE_M * np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)])]
)
_BEARINGS = np.arange(SECTORS) * 2 * np.pi / SECTORS


def coupling_losses_db(
    devices: int, generator: np.random.Generator, place: Place = Place.BUILDING
) -> NDArray[np.float64]:
    """Return the losses of devices spread evenly around a site, each to its best sector.

    A ring of six sites stands around it; shadowing towards them is half in common (recalled).
    """
    positions = _in_cell(devices, generator)
    to_site = positions[:, None, :] - _SITES_M
    distance = np.hypot(to_site[..., 0], to_site[..., 1])
    bearing = np.arctan2(to_site[..., 1], to_site[..., 0])
    off = (bearing[..., None] - _BEARINGS + np.pi) % (2 * np.pi) - np.pi
    pattern = np.minimum(12 * (np.degrees(off) / _BEAM_DEG) ** 2, _FRONT_TO_BACK_DB).min(axis=-1)
    common = generator.normal(size=(devices, 1)) * np.sqrt(_SITE_CORRELATION)
    own = generator.normal(size=distance.shape) * np.sqrt(1 - _SITE_CORRELATION)
    losses = path_loss_db(distance) + pattern + SHADOWING_DB * (common + own)
    best = np.asarray(losses).min(axis=1)
    return np.asarray(best + penetration_db(place, generator, devices) - ANTENNAS_DB)


def _in_cell(devices: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """Return positions in metres, evenly within the hexagon around the site."""
    found = np.empty((0, 2))
    while len(found) < devices:
        tries = generator.uniform(-SITE_DISTANCE_M, SITE_DISTANCE_M, (2 * devices + 16, 2))
        reach = tries @ (_SITES_M[1:].T / SITE_DISTANCE_M)
        found = np.vstack([found, tries[reach.max(axis=1) <= SITE_DISTANCE_M / 2]])
    return found[:devices]
