"""ns-3 lorawan's aloha-throughput example through the LoRa gateway: what a run of it measured."""

import math
from collections.abc import Sequence
from functools import partial

from ..clockwork import US_PER_S, at
from ..lora.airtime import airtime_us
from ..lora.interference import GOURSAUD, Interference, orthogonal
from ..lora.path_loss import LogDistance
from ..packet import Fate
from ..streams import stream
from .check import STANDARD_ERRORS, Check, Experiment, Group, Tolerance
from .lora_world import LoraWorld

# The example: each device sends one frame of 59 B at SF7 somewhere in 100 s, on one channel to a
# gateway with one reception path, from a disc of 1 km; the antennas' heights differ by 13.8 m.
_PHY_BYTES = 59
_FACTOR = 7
_SPAN_US = 100 * US_PER_S
_RADIUS_M = 1000.0
_RISE_M = 13.8
_PATHS = 1
_PATH = LogDistance(exponent=3.76, reference_m=1.0, reference_db=7.7, shadowing_db=0.0)
_RULES = {"aloha": orthogonal(math.inf, 0), "goursaud": GOURSAUD}

# Rule, devices: frames received in one run.
_MEASURED = {("aloha", 100): 78, ("aloha", 1000): 114, ("goursaud", 1000): 207}


def _received(rule: str, devices: int, number: int) -> Sequence[float]:
    """Return the share of frames received."""
    interference: Interference = _RULES[rule]
    world = LoraWorld(interference, _PATHS)
    source = stream(number, "ns-3", devices)

    def send(loss_db: float) -> None:
        world.send(_FACTOR, loss_db, _PHY_BYTES)

    for _ in range(devices):
        distance_m = math.hypot(_RADIUS_M * math.sqrt(source.random()), _RISE_M)
        loss_db = _PATH.loss_db(distance_m, source)
        at(world.env, int(source.random() * _SPAN_US), send, loss_db)
    world.env.run()
    return [world.fates()[Fate.DELIVERED] / devices]


def _experiment(rule: str, devices: int) -> Experiment:
    share = _MEASURED[rule, devices] / devices
    # One run of the example is a sample too: thrice its standard deviation.
    spread = 3 * math.sqrt(share * (1 - share) / devices)
    what = f"received of {devices} frames, {rule}"
    checks = [
        Check(
            f"ns3/{rule}-{devices}",
            what,
            "",
            share,
            Tolerance(absolute=round(spread, 4)),
            "ns-3 lorawan, aloha-throughput, measured: one run",
        )
    ]
    if rule == "aloha":
        load = devices * airtime_us(_PHY_BYTES, _FACTOR) / _SPAN_US
        checks.append(
            Check(
                f"ns3/{rule}-{devices}-closed",
                what,
                "",
                math.exp(-2 * load),
                Tolerance(standard_errors=STANDARD_ERRORS),
                "closed form: e^-2G",
            )
        )
    return Experiment(checks, partial(_received, rule, devices), 60, 20)


def group() -> Group:
    """Return the checks against ns-3."""
    return Group(
        "ns3",
        "LoRa: ns-3 lorawan's example aloha-throughput",
        "the same disc, path loss, frames and reception path in the simulated air and gateway",
        [_experiment(*case) for case in _MEASURED],
    )
