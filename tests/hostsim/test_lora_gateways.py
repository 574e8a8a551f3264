"""Demodulators and several gateways against closed forms: Erlang's loss, macro-diversity."""

import math
import random
import statistics
from collections.abc import Callable

import pytest
from simpy import Environment

from linli_hostsim.clockwork import at
from linli_hostsim.lora.air import Air
from linli_hostsim.lora.gateway import Gateway
from linli_hostsim.lora.interference import NONE, Interference, orthogonal
from linli_hostsim.lora.link_budget import Link
from linli_hostsim.lora.lorawan import frame_us
from linli_hostsim.packet import Fate
from linli_hostsim.tracker import Tracker
from lora_world import PAYLOAD, region, uplink

ALOHA = orthogonal(math.inf, spare_symbols=0)
NEAR_DB = 100.0
RUNS = 10


class Site:
    """Gateways side by side, and Poisson streams of frames that some of them hear."""

    def __init__(
        self, seed: int, gateways: int, interference: Interference, demodulators: int
    ) -> None:
        self.random = random.Random(seed)
        self.env, self.tracker = Environment(), Tracker()
        self._air = Air(self.env, self.tracker)
        self.gateways = [
            Gateway(self.env, region(), demodulators, interference) for _ in range(gateways)
        ]
        for gateway in self.gateways:
            gateway.out = lambda packet: self.tracker.settle(packet, Fate.DELIVERED)

    def send(self, heard_by: list[Gateway], channel: int = 0, factor: int = 7, source: int = 1):
        """Send a frame that these gateways hear equally well; return its packet."""
        packet = uplink(self.env, self.tracker, source)
        links = [Link(gateway, NEAR_DB) for gateway in heard_by]
        self._air.transmit(packet, factor, channel, 14.0, links, lambda heard: None)
        return packet

    def keep_sending(self, gap_us: float, send: Callable[[], object]) -> None:
        """Call `send` for ever as a Poisson process."""

        def again() -> None:
            send()
            at(self.env, round(self.random.expovariate(1 / gap_us)), again)

        at(self.env, round(self.random.expovariate(1 / gap_us)), again)

    def lost_share(self) -> float:
        """Return the share of the frames that ended and were not delivered."""
        counts: dict[Fate, int] = {}
        for (_, _, fate), tally in self.tracker.settled.items():
            counts[fate] = counts.get(fate, 0) + tally.packets
        total = sum(counts.values())
        return (total - counts.get(Fate.DELIVERED, 0)) / total


def erlang_b(servers: int, load: float) -> float:
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked


def agrees(shares: list[float], closed_form: float) -> bool:
    """Tell whether the mean of independent runs lies within three standard errors."""
    standard_error = statistics.stdev(shares) / math.sqrt(len(shares))
    return abs(statistics.mean(shares) - closed_form) < 3 * standard_error


def demodulator_loss(
    seed: int, load: float, factors: list[int], gateways: int, all_hear: bool
) -> float:
    """Return the loss where every frame has a channel of its own, so that none collides."""
    site = Site(seed, gateways, NONE, demodulators=8)
    mean_us = statistics.mean(frame_us(len(PAYLOAD), factor) for factor in factors)

    def send() -> None:
        heard_by = site.gateways if all_hear else [site.random.choice(site.gateways)]
        channel = site.random.randrange(1_000_000)
        site.send(heard_by, channel, site.random.choice(factors))

    site.keep_sending(mean_us / load, send)
    site.env.run(until=round(4_000 * mean_us / load))
    return site.lost_share()


@pytest.mark.parametrize(("load", "factors"), [(3, [7, 8, 9, 10]), (5, [7]), (8, [7, 8, 9, 10])])
def test_eight_demodulators_lose_what_erlang_says_whatever_the_airtimes(
    load: float, factors: list[int]
) -> None:
    lost = [demodulator_loss(seed, load, factors, 1, all_hear=True) for seed in range(RUNS)]
    assert agrees(lost, erlang_b(8, load))


def test_a_second_gateway_that_hears_the_same_frees_no_demodulator() -> None:
    lost = [demodulator_loss(seed, 8, [7], 2, all_hear=True) for seed in range(RUNS)]
    assert agrees(lost, erlang_b(8, 8))


def test_gateways_that_hear_a_half_each_lose_as_under_half_the_load() -> None:
    lost = [demodulator_loss(seed, 8, [7], 2, all_hear=False) for seed in range(RUNS)]
    assert agrees(lost, erlang_b(8, 4))


def diversity_loss(seed: int, loads: list[float]) -> float:
    """Return the loss of frames that all gateways hear, each amid traffic that only it hears."""
    site = Site(seed, len(loads), ALOHA, demodulators=1000)
    airtime_us = frame_us(len(PAYLOAD), 7)
    for load, gateway in zip(loads, site.gateways, strict=True):
        site.keep_sending(airtime_us / load, lambda gateway=gateway: site.send([gateway]))
    tagged = []

    def send() -> None:
        tagged.append(site.send(site.gateways, source=2))
        at(site.env, 5 * airtime_us, send)

    at(site.env, 10 * airtime_us, send)
    site.env.run(until=5 * airtime_us * 600)
    ended = [packet for packet in tagged if packet.fate is not None]
    return sum(packet.fate is not Fate.DELIVERED for packet in ended) / len(ended)


@pytest.mark.parametrize("loads", [[0.3], [0.3, 0.3], [0.2, 0.5, 1.0]], ids=str)
def test_a_frame_is_lost_only_where_every_gateway_loses_it(loads: list[float]) -> None:
    # Pure ALOHA at each: exp(-2 G). Together: 1 - delivered is the product of the losses.
    lost = [diversity_loss(seed, loads) for seed in range(RUNS)]
    assert agrees(lost, math.prod(1 - math.exp(-2 * load) for load in loads))
