"""ALOHA through the LoRa gateway without capture: pure, and with sends that wait for slots."""

import math
from collections.abc import Sequence
from functools import partial

from ..clockwork import at, now_us
from ..lora.airtime import airtime_us
from ..lora.interference import orthogonal
from ..packet import Fate
from ..streams import stream
from .check import STANDARD_ERRORS, Check, Experiment, Group, Tolerance
from .closed_forms import pure_aloha, slotted_aloha
from .lora_world import PHY_BYTES, LoraWorld, arrive

PURE_LOADS = (0.01, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
SLOTTED_LOADS = (0.1, 0.5, 1.0, 2.0)
_FACTOR = 7
_SLOT_US = airtime_us(PHY_BYTES, _FACTOR)
_FRAMES = 10_000
_MANY = 1_000_000  # demodulators: never too few
_TOLERANCE = Tolerance(standard_errors=STANDARD_ERRORS, absolute=0.001)


def _throughput(slotted: bool, load: float, number: int) -> Sequence[float]:
    """Return the share of time in which frames are on the air that are received, at `load`."""
    world = LoraWorld(orthogonal(math.inf, 0), _MANY)
    env = world.env

    def send() -> None:
        world.send(_FACTOR)

    def send_in_next_slot() -> None:
        at(env, _SLOT_US - now_us(env) % _SLOT_US, send)

    arrival = send_in_next_slot if slotted else send
    arrive(env, stream(number, "aloha", str(load)), _SLOT_US / load, arrival)
    end_us = round(_FRAMES / load) * _SLOT_US
    env.run(until=end_us)
    return [world.fates()[Fate.DELIVERED] * _SLOT_US / end_us]


def _experiment(slotted: bool, load: float) -> Experiment:
    kind = "slotted" if slotted else "pure"
    formula = slotted_aloha if slotted else pure_aloha
    check = Check(
        f"aloha/{kind}-{load:g}",
        f"throughput of {kind} ALOHA at {load:g} E",
        "E",
        formula(load),
        _TOLERANCE,
        "closed form: G e^-G" if slotted else "closed form: G e^-2G",
    )
    quick = 10 if load in (0.1, 0.5, 1.0) else 0
    return Experiment([check], partial(_throughput, slotted, load), 40, quick)


def group() -> Group:
    """Return the checks of ALOHA."""
    return Group(
        "aloha",
        "LoRa: ALOHA",
        "frames of 20 B at SF7 through the simulated air and gateway, any overlap destroying both",
        [
            *(_experiment(False, load) for load in PURE_LOADS),
            *(_experiment(True, load) for load in SLOTTED_LOADS),
        ],
    )
