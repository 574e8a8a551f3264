"""Frames through the simulator's real LoRa air and gateway, for the checks that need no more."""

import random
from collections import Counter
from collections.abc import Callable

from simpy import Environment

from ..clockwork import at, now_us
from ..lora.air import Air
from ..lora.gateway import Gateway
from ..lora.interference import Interference
from ..lora.link_budget import Link
from ..lora.lorawan import OVERHEAD_BYTES
from ..lora.region import EU868
from ..packet import Direction, Fate, Packet
from ..tracker import Tracker

PHY_BYTES = 20
"""The frame of LoRaSim, and of all our checks that may choose."""
POWER_DBM = 14.0
NEAR_DB = 100.0
"""A loss at which any frame is far above any sensitivity."""


class LoraWorld:
    """An air with one gateway and one channel, and the fates of the frames sent through them."""

    def __init__(self, interference: Interference, demodulators: int) -> None:
        self.env = Environment()
        self._tracker = Tracker()
        self._air = Air(self.env, self._tracker)
        self._gateway = Gateway(self.env, EU868, demodulators, interference)
        self._gateway.out = self._deliver

    def send(self, factor: int, loss_db: float = NEAR_DB, phy_bytes: int = PHY_BYTES) -> int:
        """Start a frame now; return its time on air in µs."""
        payload = bytes(phy_bytes - OVERHEAD_BYTES)
        packet = Packet(1, 0, payload, 3, 0, "lora", Direction.UP, now_us(self.env))
        self._tracker.create(packet)
        link = Link(self._gateway, loss_db)
        self._air.transmit(packet, factor, 0, POWER_DBM, [link], _answer_nothing)
        return packet.airtime_us

    def fates(self) -> Counter[Fate]:
        """Return how many frames came to each end."""
        counted: Counter[Fate] = Counter()
        for (_, _, fate), tally in self._tracker.settled.items():
            counted[fate] += tally.packets
        return counted

    def delivered_share(self) -> float:
        """Return the delivered part of the frames that ended."""
        fates = self.fates()
        return fates[Fate.DELIVERED] / fates.total()

    def _deliver(self, packet: Packet) -> None:
        self._tracker.settle(packet, Fate.DELIVERED)


def _answer_nothing(heard_by: list[Link]) -> None:
    """Leave the receive window unused."""


def arrive(
    env: Environment, source: random.Random, mean_us: float, arrival: Callable[[], None]
) -> None:
    """Call `arrival` for ever as a Poisson process with `mean_us` between two."""

    def again() -> None:
        arrival()
        at(env, round(source.expovariate(1 / mean_us)), again)

    at(env, round(source.expovariate(1 / mean_us)), again)
