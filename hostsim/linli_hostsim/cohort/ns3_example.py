"""The traffic of ns-3 lorawan's complete-network-example: devices that report by the clock.

Each device sends a frame of 23 bytes (32 with ns-3's headers) every ten minutes from a time of its
own, on one of three channels drawn anew each time, at 14 dBm and the spreading factor at which it
would just hear the gateway; nobody answers. Source: signetlabdei/lorawan,
examples/complete-network-example.cc, helper/lorawan-mac-helper.cc. There is one gateway there;
where others are asked for, they are spread over the disc.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from ..clockwork import US_PER_H, US_PER_S
from ..lora.airtime import SPREADING_FACTORS, airtime_us
from ..lora.interference import GOURSAUD, Interference
from ..lora.path_loss import NS3
from ..lora.region import EU868
from ..streams import generator
from .frames import Frames, Receptions
from .reach import Positions, reach
from .reception import Outcome, Receiver
from .transmissions import Transmissions

RADIUS_M = 6400.0
PERIOD_S = 600
CHANNELS = 3
_PHY_BYTES = 32
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))


def outcome(
    devices: int,
    hours: float,
    seed: int,
    gateways: int = 1,
    radius_m: float = RADIUS_M,
    interference: Interference = GOURSAUD,
) -> Outcome:
    """Return what became of each frame in the order of their begins."""
    random = generator(seed, "ns-3 example", devices)
    heard = reach(
        _disc(np.sqrt(random.random(devices)), random.random(devices) * 2 * math.pi, radius_m),
        # The first in the middle, the others on a sunflower's spiral.
        _disc(
            np.sqrt(np.arange(gateways) / gateways), np.arange(gateways) * _GOLDEN_ANGLE, radius_m
        ),
        NS3,
        random,
        EU868,
        0.0,
        _PHY_BYTES,
        interference,
    )
    each = math.ceil(hours * US_PER_H / (PERIOD_S * US_PER_S))
    phase_us = random.integers(0, PERIOD_S * US_PER_S, devices)
    begin_us = (phase_us[:, None] + np.arange(each) * PERIOD_S * US_PER_S).ravel()
    device = np.repeat(np.arange(devices), each)
    order = np.argsort(begin_us, kind="stable")
    order = order[begin_us[order] < hours * US_PER_H]
    begin_us, device = begin_us[order], device[order]
    row = heard.row[device]
    airtimes_us = np.array([airtime_us(_PHY_BYTES, factor) for factor in SPREADING_FACTORS])
    frames = Frames(
        begin_us,
        begin_us + airtimes_us[row],
        random.integers(0, CHANNELS, len(device)),
        row,
    )
    frame, link = heard.links(device)
    receptions = Receptions.new(
        frame,
        heard.gateway[link].astype(np.int64),
        EU868.max_power_dbm - heard.loss_db[link],
        interference.adds_up,
    )
    receiver = Receiver(interference)
    receiver.receive(frames, receptions, Transmissions.none())
    return receiver.outcome(frames, receptions)


def _disc(share: ArrayLike, angle: ArrayLike, radius_m: float) -> Positions:
    """Return the points at `share` of the radius."""
    distance_m = radius_m * np.asarray(share)
    return np.stack((distance_m * np.cos(angle), distance_m * np.sin(angle)), axis=1)
