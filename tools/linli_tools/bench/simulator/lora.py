"""LoRa without a protocol: LoRaSim's experiments and ns-3 lorawan's example on our arrays."""

from typing import Literal

import numpy as np

from linli_hostsim import lorasim
from linli_hostsim.cohort import ns3_example
from linli_hostsim.packet import Fate

from .stopwatch import Done, Stopwatch

SEED = 1


def experiment(number: int, nodes: int, rule: Literal["simple", "full"], packets: int) -> Done:
    """Run an experiment of LoRaSim: place the nodes, send some `packets`, find what collides."""
    stopwatch = Stopwatch()
    run = lorasim.run(number, nodes, rule, SEED, packets)
    return stopwatch.done(run.sent, run.delivery_ratio)


def example(devices: int, hours: float) -> Done:
    """Run ns-3 lorawan's complete-network-example with its one gateway."""
    stopwatch = Stopwatch()
    fate = ns3_example.outcome(devices, hours, SEED).fate
    return stopwatch.done(len(fate), float(np.mean(fate == Fate.DELIVERED)))
