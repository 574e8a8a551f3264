"""Which gateways hear which of very many devices: lora.link_budget, for arrays."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..lora.airtime import SPREADING_FACTORS
from ..lora.interference import NONE, Interference
from ..lora.link_budget import slowest
from ..lora.path_loss import LogDistance
from ..lora.region import Region
from ..lora.sensitivity import NS3, Sensitivity
from .frames import Ints

Positions = NDArray[np.float64]
"""East and north in metres: two columns."""

_LIKELY = 3.0
"""Links whose shadowing would have to be so many standard deviations in their favour are left out:
one in 700 of those just out of reach."""

_PAIRS = 1_000_000
"""Distances computed at a time."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The gateways at which each device's frames matter, the strongest first.

    Those of device d are at `first[d]` to `first[d + 1]` of `gateway` and `loss_db`; `row` is each
    device's spreading factor less 7.
    """

    first: Ints
    gateway: NDArray[np.int32]
    loss_db: NDArray[np.float32]
    row: Ints

    def __len__(self) -> int:
        return len(self.row)

    def links(self, device: Ints) -> tuple[Ints, Ints]:
        """Return the links of devices: whose each is, as an index into `device`, and its number."""
        first = self.first[device]
        count = self.first[device + 1] - first
        owner = np.repeat(np.arange(len(device)), count)
        return owner, np.arange(len(owner)) + np.repeat(first - (np.cumsum(count) - count), count)


def reach(
    devices: Positions,
    gateways: Positions,
    path: LogDistance,
    random: np.random.Generator,
    region: Region,
    margin_db: float,
    phy_bytes: int,
    interference: Interference = NONE,
    sensitivity: Sensitivity = NS3,
) -> Reach:
    """Return who hears whom, and the spreading factors that follow as in link_budget.

    That is the fastest that leaves `margin_db` both ways to the strongest gateway, else the slowest
    whose frame of `phy_bytes` the region allows.
    """
    needed_db = _reaches_db(region, margin_db, phy_bytes, sensitivity)
    audible_db = region.max_power_dbm - _floors_dbm(interference, sensitivity)[: len(needed_db)]
    row = np.full(len(devices), len(needed_db) - 1)
    count = np.zeros(len(devices), np.int64)
    parts = []
    for device, near, loss_db in _tiles(devices, gateways, path, random, float(audible_db.max())):
        within = loss_db.min(axis=1, initial=np.inf)[:, None] <= needed_db
        # The slowest is for all that none reaches.
        within[:, -1] = True
        row[device] = within.argmax(axis=1)
        heard = loss_db <= audible_db[row[device]][:, None]
        count[device] = np.count_nonzero(heard, axis=1)
        which, gateway = np.nonzero(heard)
        loss_db = loss_db[which, gateway]
        order = np.lexsort((loss_db, which))
        parts.append((device, near[gateway[order]], loss_db[order]))
    first = np.zeros(len(devices) + 1, np.int64)
    np.cumsum(count, out=first[1:])
    result = Reach(first, np.empty(first[-1], np.int32), np.empty(first[-1], np.float32), row)
    for device, heard_by, losses_db in parts:
        _, place = result.links(device)
        result.gateway[place] = heard_by
        result.loss_db[place] = losses_db
    return result


def _floors_dbm(interference: Interference, sensitivity: Sensitivity) -> NDArray[np.float64]:
    """Return by row the weakest level at which a frame alone can spoil one just strong enough."""
    wanted_dbm = np.array([sensitivity.gateway_dbm[factor] for factor in SPREADING_FACTORS])
    return np.asarray((wanted_dbm[:, None] - np.array(interference.isolation_db)).min(axis=0))


def _reaches_db(
    region: Region, margin_db: float, phy_bytes: int, sensitivity: Sensitivity
) -> NDArray[np.float64]:
    """Return by row, up to the slowest allowed, over what loss a spreading factor is chosen."""
    allowed = range(SPREADING_FACTORS[0], slowest(region, phy_bytes) + 1)
    needed_dbm = [max(sensitivity.gateway_dbm[sf], sensitivity.device_dbm[sf]) for sf in allowed]
    return region.max_power_dbm - margin_db - np.array(needed_dbm)


def _tiles(
    devices: Positions,
    gateways: Positions,
    path: LogDistance,
    random: np.random.Generator,
    max_loss_db: float,
) -> Iterator[tuple[Ints, NDArray[np.int32], NDArray[np.float32]]]:
    """Yield devices, the gateways they may hear with a loss up to `max_loss_db`, and all losses."""
    excess_db = max_loss_db + _LIKELY * path.shadowing_db - path.reference_db
    radius_m = path.reference_m * 10 ** (excess_db / (10 * path.exponent))
    corner = devices.min(axis=0)
    extent_m = float((devices.max(axis=0) - corner).max())
    # A tile much smaller than the reach would have the same gateways as the next.
    tile_m = max(radius_m / 4, extent_m / 64, 1.0)
    tile = ((devices - corner) / tile_m).astype(np.int64)
    key = tile[:, 0] << 32 | tile[:, 1]
    order = np.argsort(key, kind="stable")
    for mine in np.split(order, np.flatnonzero(np.diff(key[order])) + 1):
        low, high = devices[mine].min(axis=0) - radius_m, devices[mine].max(axis=0) + radius_m
        near = np.flatnonzero(((gateways >= low) & (gateways <= high)).all(axis=1))
        masts = (gateways[near] - low).astype(np.float32)
        for some in np.array_split(mine, max(1, len(mine) * len(near) // _PAIRS)):
            places = (devices[some] - low).astype(np.float32)
            distance_m = np.hypot(
                places[:, 0, None] - masts[:, 0], places[:, 1, None] - masts[:, 1]
            )
            loss_db = path.mean_db(distance_m).astype(np.float32)
            if path.shadowing_db:
                shadows = random.standard_normal(loss_db.shape, np.float32)
                loss_db += np.float32(path.shadowing_db) * shadows
            yield some, near.astype(np.int32), loss_db
