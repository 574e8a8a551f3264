"""Delivery ratios of the LoRa gateway with LoRaSim's collision rules, against LoRaSim's own."""

import math
from collections.abc import Sequence
from functools import partial

from ..clockwork import US_PER_S, at
from ..lora.airtime import airtime_us, symbol_us
from ..lora.interference import NONE, orthogonal
from ..lora.path_loss import LogDistance
from ..streams import stream
from .check import Check, Experiment, Group, Tolerance
from .closed_forms import der_capture, der_simple
from .lora_world import PHY_BYTES, LoraWorld

NODES = (100, 500, 1000, 1600)
PERIOD_S = 1000
FACTOR = 12
_RADIUS_M = 98.95
_SPARE_SYMBOLS = 3
_FRAMES = 10_000
_CAPTURE_DB = 6.0
_PATH = LogDistance(exponent=2.08, reference_m=40.0, reference_db=127.41, shadowing_db=0.0)

# LoRaSim's experiment 4, mean of four placements, without and with capture.
_MEASURED = {
    100: (0.7691, 0.8128),
    500: (0.2664, 0.3687),
    1000: (0.0714, 0.1634),
    1600: (0.0146, 0.0794),
}


def closed_form(nodes: int, capture: bool) -> float:
    """Return the delivery ratio that the closed forms give."""
    airtime_s = airtime_us(PHY_BYTES, FACTOR) / US_PER_S
    if not capture:
        return der_simple(nodes, airtime_s, PERIOD_S)
    spare_s = _SPARE_SYMBOLS * symbol_us(FACTOR) / US_PER_S
    return der_capture(nodes, airtime_s, spare_s, PERIOD_S, _PATH.exponent, _CAPTURE_DB)


def _delivered(nodes: int, capture: bool, number: int) -> Sequence[float]:
    """Return the delivery ratio of one placement."""
    rule = NONE if capture else orthogonal(math.inf, 0)
    world = LoraWorld(rule, nodes)
    source = stream(number, "delivery", nodes)

    def send(loss_db: float) -> None:
        airtime = world.send(FACTOR, loss_db)
        at(world.env, airtime + pause_us(), send, loss_db)

    def pause_us() -> int:
        return round(source.expovariate(1 / (PERIOD_S * US_PER_S)))

    for _ in range(nodes):
        loss_db = _PATH.loss_db(_RADIUS_M * math.sqrt(source.random()), source)
        at(world.env, pause_us(), send, loss_db)
    world.env.run(until=_FRAMES * PERIOD_S * US_PER_S // nodes)
    return [world.delivered_share()]


def _experiment(nodes: int, capture: bool) -> Experiment:
    rule = "capture" if capture else "simple"
    what = f"delivered of {nodes} nodes, {'with capture' if capture else 'any overlap destroys'}"
    checks = [
        Check(
            f"delivery/{rule}-{nodes}",
            what,
            "",
            _MEASURED[nodes][capture],
            Tolerance(absolute=0.004),
            "LoRaSim 0.2.1, experiment 4, measured: mean of 4 placements",
        ),
        Check(
            f"delivery/{rule}-{nodes}-closed",
            what,
            "",
            closed_form(nodes, capture),
            Tolerance(standard_errors=3, absolute=0.003),
            f"closed form: der_{rule}",
        ),
    ]
    return Experiment(checks, partial(_delivered, nodes, capture), 24, 0 if nodes > 100 else 20)


def group() -> Group:
    """Return the checks of the LoRa gateway's collisions."""
    return Group(
        "delivery",
        "LoRa: delivery ratio of the simulated gateway",
        "the simulated air and gateway as in LoRaSim's experiment 4 (SF12, 4/5, 125 kHz, "
        "one channel)",
        [_experiment(nodes, capture) for capture in (False, True) for nodes in NODES],
    )
