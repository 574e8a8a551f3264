"""Which gateways hear a device, how strongly, and the spreading factor that follows from it."""

import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .airtime import SPREADING_FACTORS, airtime_us
from .gateway import Gateway
from .interference import NONE, Interference
from .path_loss import LogDistance
from .region import Region
from .sensitivity import GATEWAY_DBM, NS3, Sensitivity

Position = tuple[float, float]
"""East and north, in metres."""


@dataclass(frozen=True, slots=True)
class Link:
    """The path between a device and one gateway; the loss is the same both ways."""

    gateway: Gateway
    loss_db: float


def links(
    position: Position,
    gateways: Iterable[tuple[Position, Gateway]],
    path: LogDistance,
    random: random.Random,
) -> list[Link]:
    """Return the links of a device at `position` to all gateways, shadowed in their order."""
    return [
        Link(gateway, path.loss_db(math.dist(position, where), random))
        for where, gateway in gateways
    ]


def audible(
    links: Iterable[Link],
    power_dbm: float,
    spreading_factor: int,
    interference: Interference = NONE,
    sensitivity_dbm: Mapping[int, float] = GATEWAY_DBM,
) -> list[Link]:
    """Return the links, strongest first, on which a device's frames matter at the gateway.

    Frames too weak to be received still matter while one alone can spoil a frame that is just
    strong enough.
    """
    column = spreading_factor - SPREADING_FACTORS[0]
    floor_dbm = min(
        sensitivity_dbm[wanted] - row[column]
        for wanted, row in zip(SPREADING_FACTORS, interference.isolation_db, strict=True)
    )
    heard = [link for link in links if power_dbm - link.loss_db >= floor_dbm]
    return sorted(heard, key=lambda link: link.loss_db)


def slowest(region: Region, phy_bytes: int) -> int:
    """Return the slowest spreading factor whose frame of `phy_bytes` the region allows."""
    return max(
        factor
        for factor in SPREADING_FACTORS
        if region.max_airtime_us is None or airtime_us(phy_bytes, factor) <= region.max_airtime_us
    )


def spreading_factor(
    loss_db: float,
    region: Region,
    margin_db: float,
    phy_bytes: int,
    sensitivity: Sensitivity = NS3,
) -> int:
    """Return the fastest spreading factor that leaves `margin_db` both ways over `loss_db`.

    Where none does, the slowest whose frame of `phy_bytes` the region allows.
    """
    level_dbm = region.max_power_dbm - loss_db - margin_db
    last = slowest(region, phy_bytes)
    for factor in range(SPREADING_FACTORS[0], last):
        if level_dbm >= max(sensitivity.gateway_dbm[factor], sensitivity.device_dbm[factor]):
            return factor
    return last
