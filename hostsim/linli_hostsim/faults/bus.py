"""Broken devices on RS-485 buses: dead ones cost the master its patience, babbling ones all."""

from random import Random

from simpy import Environment

from ..clockwork import US_PER_S, at
from ..infrastructure import Rs485Network
from ..scenario import BrokenBusDevice


class BrokenBusDevices:
    """Breaks devices on the buses of `network` and replaces them."""

    def __init__(self, env: Environment, network: Rs485Network) -> None:
        self._env = env
        self._network = network
        self._dead: set[int] = set()

    def break_down(self, fault: BrokenBusDevice, random: Random) -> None:
        """Break as many devices as `fault` says, now; those that are dead already stay so."""
        left = sorted(self._network.bus_of.keys() - self._dead)
        for device in random.sample(left, min(fault.count, len(left))):
            self._set(fault, device, is_broken=True)
            at(self._env, round(fault.minutes * 60 * US_PER_S), self._set, fault, device, False)

    def _set(self, fault: BrokenBusDevice, device: int, is_broken: bool) -> None:
        bus = self._network.bus_of[device]
        if fault.mode == "babbling":
            bus.set_babbling(is_broken)
            return
        bus.set_dead(device, is_broken)
        if is_broken:
            self._dead.add(device)
        else:
            self._dead.remove(device)
