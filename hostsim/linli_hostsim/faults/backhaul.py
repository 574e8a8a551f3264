"""Outages of the network behind LoRa gateways; those that overlap last as long as the longest."""

from collections import Counter

from simpy import Environment

from ..clockwork import US_PER_S, at
from ..infrastructure import LoraNetwork
from ..scenario import BackhaulOutage


class BackhaulOutages:
    """Cuts gateways of `network` off, and connects them again."""

    def __init__(self, env: Environment, network: LoraNetwork) -> None:
        self._env = env
        self._network = network
        self._outages: Counter[int] = Counter()

    def cut(self, outage: BackhaulOutage) -> None:
        """Begin an outage now."""
        count = len(self._network.gateways)
        for number in range(count) if outage.gateway is None else (outage.gateway,):
            self._outages[number] += 1
            self._network.set_connected(number, is_connected=False)
            at(self._env, round(outage.minutes * 60 * US_PER_S), self._end, number)

    def _end(self, number: int) -> None:
        self._outages[number] -= 1
        if not self._outages[number]:
            self._network.set_connected(number, is_connected=True)
