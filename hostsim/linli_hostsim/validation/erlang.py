"""Erlang's loss formula through the LoRa gateway: eight demodulators, collisions off."""

import math
from collections.abc import Sequence
from functools import partial

from ..lora.airtime import airtime_us
from ..lora.gateway import DEMODULATORS
from ..lora.interference import orthogonal
from ..packet import Fate
from ..streams import stream
from .check import STANDARD_ERRORS, Check, Experiment, Group, Tolerance
from .closed_forms import erlang_b
from .lora_world import PHY_BYTES, LoraWorld, arrive

LOADS = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)
MIXED_LOADS = (4.0, 8.0)
SERVERS = 8
"""What an SX1301 demodulates at once."""
_FRAMES = 12_000
_TOLERANCE = Tolerance(standard_errors=STANDARD_ERRORS, absolute=1e-5)


def _blocked(factors: Sequence[int], load: float, number: int) -> Sequence[float]:
    """Return the share of frames that find no demodulator; each has one of `factors`."""
    world = LoraWorld(orthogonal(-math.inf, 0), DEMODULATORS)
    source = stream(number, "erlang", str(load), len(factors))
    mean_us = sum(airtime_us(PHY_BYTES, factor) for factor in factors) / len(factors)

    def send() -> None:
        world.send(source.choice(factors))

    arrive(world.env, source, mean_us / load, send)
    world.env.run(until=round(_FRAMES * mean_us / load))
    fates = world.fates()
    return [fates[Fate.NO_DEMODULATOR] / fates.total()]


def _experiment(factors: Sequence[int], load: float) -> Experiment:
    mixed = len(factors) > 1
    check = Check(
        f"erlang/{'mixed-' if mixed else ''}{load:g}",
        f"frames without a demodulator at {load:g} E" + (", SF7 to SF12 mixed" if mixed else ""),
        "",
        erlang_b(SERVERS, load),
        _TOLERANCE,
        "closed form: Erlang B",
    )
    return Experiment([check], partial(_blocked, factors, load), 50, 10 if load >= 4 else 0)


def group() -> Group:
    """Return the checks of the gateway's demodulators."""
    return Group(
        "erlang",
        "LoRa: eight demodulators",
        "Poisson frames through the simulated gateway, nothing colliding",
        [
            *(_experiment((7,), load) for load in LOADS),
            *(_experiment(tuple(range(7, 13)), load) for load in MIXED_LOADS),
        ],
    )
