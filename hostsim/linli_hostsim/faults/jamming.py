"""Noise on LoRa channels: it raises the noise of every receiver by what of it arrives there.

A receiver with noise of its own, N = -174 dBm/Hz + 10 log10(125 kHz) + 6 dB, that hears J besides
needs signals stronger by 10 log10(1 + J / N). A frame that would have been strong enough without
is JAMMED. J follows from the path loss of the scenario, shadowed for each receiver.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from random import Random

from simpy import Environment

from ..clockwork import US_PER_S, at
from ..infrastructure import LoraNetwork
from ..lora.adr import NOISE_DBM
from ..lora.link_budget import Position
from ..lora.region import REGIONS
from ..scenario import Jamming, Scenario

Noise = Mapping[int, float]
"""By channel, in multiples of the receiver's own noise."""


def noises(jammed_dbm: float) -> float:
    """Return what arrives with `jammed_dbm` in multiples of a receiver's own noise.

    >>> noises(NOISE_DBM)
    1.0
    """
    return float(10 ** ((jammed_dbm - NOISE_DBM) / 10))


def rises_db(heard: Iterable[Noise]) -> dict[int, float]:
    """Return by how much signals have to be stronger on each channel where all of `heard` arrives.

    >>> round(rises_db([{3: 1.0}])[3], 2)
    3.01
    """
    total: defaultdict[int, float] = defaultdict(float)
    for one in heard:
        for channel, arriving in one.items():
            total[channel] += arriving
    return {channel: 10 * math.log10(1 + noise) for channel, noise in total.items()}


class Jammers:
    """All noise in a scenario; that of several adds up."""

    def __init__(self, env: Environment, network: LoraNetwork, scenario: Scenario) -> None:
        self._env = env
        self._network = network
        self._path = scenario.lora.path
        self._middle = scenario.site.width_m / 2, scenario.site.height_m / 2
        self._channels = REGIONS[scenario.lora.region].channels
        # Who is on, with what each receiver hears of them: gateways by number, radios by device.
        self._active: list[tuple[dict[int, Noise], dict[int, Noise]]] = []

    def jam(self, jamming: Jamming, random: Random) -> None:
        """Begin to send noise now."""
        east_m, north_m = self._middle
        position = (
            east_m if jamming.east_m is None else jamming.east_m,
            north_m if jamming.north_m is None else jamming.north_m,
        )
        network = self._network
        heard = (
            {
                number: self._noise(jamming, position, where, random)
                for number, (where, _) in enumerate(network.gateways)
            },
            {
                device: self._noise(jamming, position, network.positions[device], random)
                for device in network.radios
            },
        )
        self._active.append(heard)
        self._apply()
        at(self._env, round(jamming.minutes * 60 * US_PER_S), self._end, heard)

    def _noise(
        self, jamming: Jamming, position: Position, receiver: Position, random: Random
    ) -> Noise:
        loss_db = self._path.loss_db(math.dist(position, receiver), random)
        arriving = noises(jamming.power_dbm - loss_db)
        channels = range(self._channels) if jamming.channels is None else jamming.channels
        return dict.fromkeys(channels, arriving)

    def _end(self, heard: tuple[dict[int, Noise], dict[int, Noise]]) -> None:
        self._active.remove(heard)
        self._apply()

    def _apply(self) -> None:
        for number, (_, gateway) in enumerate(self._network.gateways):
            gateway.suffer(rises_db(gateways[number] for gateways, _ in self._active))
        for device, radio in self._network.radios.items():
            radio.noise_rise_db = rises_db(radios[device] for _, radios in self._active)
