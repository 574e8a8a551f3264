"""Which gateways hear a device, how strongly, and the spreading factor that follows from it."""

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass

from .airtime import SPREADING_FACTORS, airtime_us
from .gateway import Gateway
from .interference import NONE, Interference
from .path_loss import LogDistance
from .region import Region
from .sensitivity import DEVICE_DBM, GATEWAY_DBM

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
) -> list[Link]:
    """Return the links, strongest first, on which a device's frames matter at the gateway.

    Frames too weak to be received still matter while one alone can spoil a frame that is just
    strong enough.
    """
    column = spreading_factor - SPREADING_FACTORS[0]
    floor_dbm = min(
        GATEWAY_DBM[wanted] - row[column]
        for wanted, row in zip(SPREADING_FACTORS, interference.isolation_db, strict=True)
    )
    heard = [link for link in links if power_dbm - link.loss_db >= floor_dbm]
    return sorted(heard, key=lambda link: link.loss_db)


def spreading_factor(loss_db: float, region: Region, margin_db: float, phy_bytes: int) -> int:
    """Return the fastest spreading factor that leaves `margin_db` both ways over `loss_db`.

    Where none does, the slowest whose frame of `phy_bytes` still fits the region's airtime limit.
    """
    slowest = SPREADING_FACTORS[0]
    for factor in SPREADING_FACTORS:
        if region.max_airtime_us and airtime_us(phy_bytes, factor) > region.max_airtime_us:
            break
        slowest = factor
        floor_dbm = max(GATEWAY_DBM[factor], DEVICE_DBM[factor])
        if region.max_power_dbm - loss_db - margin_db >= floor_dbm:
            break
    return slowest
