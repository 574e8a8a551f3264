"""What frames do to each other: the rules of ns-3 lorawan, FLoRa and LoRaSim, case by case."""

import math
import random
import statistics

import pytest
from simpy import Environment

from linli_hostsim.clockwork import US_PER_S, at
from linli_hostsim.lora.airtime import SPREADING_FACTORS, airtime_us, symbol_us
from linli_hostsim.lora.gateway import Gateway
from linli_hostsim.lora.interference import (
    BY_NAME,
    CROCE,
    GOURSAUD,
    NONE,
    Interference,
    orthogonal,
)
from linli_hostsim.lora.link_budget import Link, audible
from linli_hostsim.lora.path_loss import NS3 as NS3_PATH
from linli_hostsim.lora.region import EU868
from linli_hostsim.packet import Fate

Frame = tuple[float, int, float, float]
"""Begin in s, spreading factor, dBm at the gateway, end in s."""


def fates(
    interference: Interference, *frames: Frame, channels: int = 1, demodulators: int = 8
) -> list[Fate | None]:
    """Return what becomes of frames at a gateway; those of number n use channel n % channels."""
    env = Environment()
    gateway = Gateway(env, EU868, demodulators, interference)
    found: list[Fate | None] = [None] * len(frames)

    def begin(number: int) -> None:
        begin_s, factor, dbm, end_s = frames[number]
        end_us = round(end_s * US_PER_S)
        reception = gateway.begin(number % channels, factor, dbm, end_us)
        at(env, end_us - round(begin_s * US_PER_S), end, number, reception)

    def end(number: int, reception: object) -> None:
        found[number] = gateway.end(reception)

    for number, frame in enumerate(frames):
        at(env, round(frame[0] * US_PER_S), begin, number)
    env.run()
    return found


# ns-3 lorawan, test/lorawan-test-suite.cc, InterferenceTest: a frame of SF7 at 14 dBm for 2 s, and
# what else begins with it. (That a lead of exactly 6 dB does not save is how 10 log10 rounds.)
NS3 = [
    ([(0, 12, 14.0, 2)], None),
    ([(0, 7, 14 - 7.0, 2)], None),
    ([(0, 7, 14 - 6.0, 2)], Fate.COLLIDED),
    ([(0, 7, 14 - 6.0, 1)], None),
    ([(0, 8, 14 + 16.0, 2)], None),
    ([(0, 8, 14 + 17.0, 2)], Fate.COLLIDED),
    ([(0, 10, 14 + 17.0, 2)], None),
    ([(0, 8, 14 + 16.0, 2)] * 3, Fate.COLLIDED),
    ([(0, 8, 14 + 16.0, 2), (0, 9, 14 + 16.0, 2), (0, 10, 14 + 16.0, 2)], None),
]


@pytest.mark.parametrize(("others", "fate"), NS3)
def test_goursaud_decides_as_ns3_does(others: list[Frame], fate: Fate | None) -> None:
    assert fates(GOURSAUD, (0, 7, 14.0, 2), *others)[0] is fate


def test_another_channel_does_nothing() -> None:
    frames = (0, 7, -100.0, 2), (0, 7, -60.0, 2)
    for interference in BY_NAME.values():
        assert fates(interference, *frames, channels=2) == [None, None]


def test_goursaud_weighs_the_overlap_whoever_came_first() -> None:
    # A third of the frame under 4 dB less: 4 + 10 log10(3) = 8.8 dB, enough. All of it: not.
    wanted = 0, 9, -100.0, 3
    assert fates(GOURSAUD, wanted, (2, 9, -104.0, 5))[0] is None
    assert fates(GOURSAUD, (0, 9, -104.0, 3), (2, 9, -100.0, 5))[1] is None
    assert fates(GOURSAUD, wanted, (0, 9, -104.0, 3))[0] is Fate.COLLIDED


@pytest.mark.parametrize("wanted", SPREADING_FACTORS)
@pytest.mark.parametrize("other", SPREADING_FACTORS)
@pytest.mark.parametrize("wanted_first", [True, False])
def test_each_figure_of_croces_matrix_is_where_a_frame_is_lost(
    wanted: int, other: int, wanted_first: bool
) -> None:
    needed_db = CROCE.isolation_db[wanted - 7][other - 7]
    for lead_db, fate in ((needed_db + 0.1, None), (needed_db - 0.1, Fate.COLLIDED)):
        frame = (0.0 if wanted_first else 0.5), wanted, -90.0, 2.0
        disturbing = (0.5 if wanted_first else 0.0), other, -90.0 - lead_db, 2.5
        assert fates(CROCE, frame, disturbing)[0] is fate


def test_croce_compares_in_pairs_so_that_many_do_no_more_than_one() -> None:
    frames = [(0.0, 8, -100.0, 2.0), *[(0.0, 7, -100.0 + 10.9, 2.0)] * 5]
    assert fates(CROCE, *frames)[0] is None


def test_other_spreading_factors_are_nothing_to_none() -> None:
    assert fates(NONE, (0, 12, -140.0, 2), (0, 7, -20.0, 2)) == [None, None]


@pytest.mark.parametrize("interference", [NONE, CROCE])
def test_preamble_symbols_can_be_spared(interference: Interference) -> None:
    spare_s = interference.spare_symbols * symbol_us(10) / US_PER_S
    # Its tail under the other's preamble: the older frame is lost by FLoRa's rule, not LoRaSim's.
    oldest = None if interference.spares_tail else Fate.COLLIDED
    first, second = (0.0, 10, -100.0, 1.0), (1.0 - spare_s, 10, -100.0, 2.0)
    assert fates(interference, first, second) == [oldest, None]
    earlier = (1.0 - spare_s - 1e-6, 10, -100.0, 2.0)
    assert fates(interference, first, earlier) == [Fate.COLLIDED] * 2


def test_frames_too_weak_to_matter_are_not_looked_at() -> None:
    # -142.5 dBm is enough at SF12, so 6, 1 and again 6 dB less can spoil it.
    for interference, floor_dbm in ((NONE, -148.5), (CROCE, -143.5), (GOURSAUD, -148.5)):
        gateway = Gateway(Environment(), EU868)
        kept = [Link(gateway, 14.0 - floor_dbm - 0.01), Link(gateway, 14.0 - floor_dbm + 0.01)]
        assert audible(kept, 14.0, 12, interference) == kept[:1]


def ns3_aloha_example(interference: Interference, nodes: int, seed: int) -> int:
    """Return how many of the packets, one a node, get through in ns-3's aloha-throughput example.

    50 bytes and LoRaWAN's at SF7 on one channel, within 100 s, from a disc of 1 km; the gateway
    stands 13.8 m above the nodes and has one reception path.
    """
    source = random.Random(seed)
    duration_s = airtime_us(59, 7) / US_PER_S
    frames = []
    for _ in range(nodes):
        distance_m = math.hypot(1000 * math.sqrt(source.random()), 13.8)
        begin_s = source.uniform(0.0, 100.0)
        dbm = 14.0 - NS3_PATH.loss_db(distance_m, source)
        frames.append((begin_s, 7, dbm, begin_s + duration_s))
    return fates(interference, *frames, demodulators=1).count(None)


@pytest.mark.parametrize(
    ("interference", "nodes", "ns3"),
    [
        (orthogonal(math.inf, 0), 100, 78),
        (orthogonal(math.inf, 0), 1000, 114),
        (GOURSAUD, 1000, 207),
    ],
    ids=["aloha 100", "aloha 1000", "goursaud 1000"],
)
def test_as_many_get_through_as_in_ns3(interference: Interference, nodes: int, ns3: int) -> None:
    received = [ns3_aloha_example(interference, nodes, seed) for seed in range(16)]
    # ns-3's is one run, so it lies within three of a run's standard deviations.
    assert abs(ns3 - statistics.mean(received)) < 3 * statistics.stdev(received)
