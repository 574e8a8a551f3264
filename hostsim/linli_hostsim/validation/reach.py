"""How far LoRa reaches: path loss and sensitivity through link, air and gateway."""

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from statistics import NormalDist

from ..lora.airtime import SPREADING_FACTORS
from ..lora.interference import NONE
from ..lora.path_loss import LogDistance
from ..packet import Fate
from ..streams import stream
from .check import STANDARD_ERRORS, Check, Experiment, Group, Tolerance
from .lora_world import POWER_DBM, LoraWorld

_NS3 = LogDistance(exponent=3.76, reference_m=1.0, reference_db=7.7, shadowing_db=0.0)
_LORASIM = LogDistance(exponent=2.08, reference_m=40.0, reference_db=127.41, shadowing_db=0.0)
_PATHS = {"ns3": _NS3, "lorasim": _LORASIM}
_SOURCES = {
    "ns3": "derived: log-distance 3.76, 7.7 dB at 1 m (ns-3 lorawan)",
    "lorasim": "derived: log-distance 2.08, 127.41 dB at 40 m (Bor et al. 2016)",
}
# Of ns-3 lorawan's gateway.
_SENSITIVITY_DBM = {7: -130.0, 8: -132.5, 9: -135.0, 10: -137.5, 11: -140.0, 12: -142.5}

_SHADOWING_DB = 7.8
_MARGINS_DB = (-7.8, 0.0, 7.8)
_LINKS = 4_000


def _is_received(factor: int, loss_db: float) -> bool:
    world = LoraWorld(NONE, 1)
    world.send(factor, loss_db)
    world.env.run()
    return world.fates()[Fate.DELIVERED] == 1


def _reach_m(path: str, factor: int, _: int) -> Sequence[float]:
    """Return the greatest distance from which a frame is received, to a thousandth."""
    unused = random.Random(0)
    near_m, far_m = 1.0, 100_000.0
    while far_m / near_m > 1.001:
        middle_m = math.sqrt(near_m * far_m)
        if _is_received(factor, _PATHS[path].loss_db(middle_m, unused)):
            near_m = middle_m
        else:
            far_m = middle_m
    return [near_m]


def _expected_m(path: LogDistance, factor: int) -> float:
    budget_db = POWER_DBM - _SENSITIVITY_DBM[factor] - path.reference_db
    return path.reference_m * math.pow(10, budget_db / (10 * path.exponent))


def _covered(margin_db: float, number: int) -> Sequence[float]:
    """Return the share of shadowed links received where the mean leaves `margin_db`."""
    source = stream(number, "reach", str(margin_db))
    path = replace(_NS3, shadowing_db=_SHADOWING_DB)
    distance_m = _expected_m(path, 7) * math.pow(10, -margin_db / (10 * path.exponent))
    heard = sum(_is_received(7, path.loss_db(distance_m, source)) for _ in range(_LINKS))
    return [heard / _LINKS]


def group() -> Group:
    """Return the checks of range."""
    reaches = [
        Experiment(
            [
                Check(
                    f"reach/{path}-sf{factor}",
                    f"reach at SF{factor}, 14 dBm",
                    "m",
                    _expected_m(model, factor),
                    Tolerance(relative=0.002),
                    _SOURCES[path],
                )
            ],
            partial(_reach_m, path, factor),
        )
        for path, model in _PATHS.items()
        for factor in SPREADING_FACTORS
    ]
    covered = [
        Experiment(
            [
                Check(
                    f"reach/shadowed{margin_db:+g}dB",
                    f"links received with {margin_db:g} dB of margin, shadowing {_SHADOWING_DB} dB",
                    "",
                    NormalDist().cdf(margin_db / _SHADOWING_DB),
                    Tolerance(standard_errors=STANDARD_ERRORS),
                    "closed form: normal distribution",
                )
            ],
            partial(_covered, margin_db),
            20,
            0,
        )
        for margin_db in _MARGINS_DB
    ]
    return Group(
        "reach",
        "LoRa: reach",
        "the greatest distance, and the share of shadowed links, from which frames are received",
        [*reaches, *covered],
    )
