"""Whole networks as arrays: who hears whom, and ns-3 lorawan's examples."""

import math
import random

import numpy as np
import pytest
from simpy import Environment

from linli_hostsim.cohort import ns3_example
from linli_hostsim.cohort.frames import Frames, Receptions
from linli_hostsim.cohort.reach import Reach, reach
from linli_hostsim.cohort.reception import Receiver
from linli_hostsim.cohort.transmissions import Transmissions
from linli_hostsim.lora import link_budget
from linli_hostsim.lora.gateway import Gateway
from linli_hostsim.lora.interference import BY_NAME, GOURSAUD, NONE, Interference, orthogonal
from linli_hostsim.lora.path_loss import BOR2016, NS3, LogDistance
from linli_hostsim.lora.region import CN470, EU868, Region
from linli_hostsim.packet import Fate

FULL_FRAME = 64


def a_reach(
    devices: int,
    gateways: int,
    path: LogDistance,
    region: Region = CN470,
    interference: Interference = NONE,
    extent_m: float = 3000.0,
) -> tuple[np.ndarray, np.ndarray, Reach]:
    source = np.random.default_rng(3)
    places = source.random((devices, 2)) * extent_m
    masts = source.random((gateways, 2)) * extent_m
    found = reach(places, masts, path, source, region, 5.0, FULL_FRAME, interference)
    return places, masts, found


@pytest.mark.parametrize("region", [CN470, EU868])
@pytest.mark.parametrize("name", BY_NAME)
def test_devices_are_heard_where_the_link_budget_says(region: Region, name: str) -> None:
    path = LogDistance(shadowing_db=0.0)
    places, masts, found = a_reach(60, 9, path, region, BY_NAME[name])
    env = Environment()
    gateways = [Gateway(env, region) for _ in masts]
    for device, place in enumerate(places):
        links = link_budget.links(
            tuple(place),
            [(tuple(mast), gateway) for mast, gateway in zip(masts, gateways, strict=True)],
            path,
            random.Random(1),
        )
        factor = link_budget.spreading_factor(
            min(link.loss_db for link in links), region, 5.0, FULL_FRAME
        )
        audible = link_budget.audible(links, region.max_power_dbm, factor, BY_NAME[name])
        assert found.row[device] == factor - 7
        _, number = found.links(np.array([device]))
        assert [gateways[index] for index in found.gateway[number]] == [
            link.gateway for link in audible
        ]
        assert found.loss_db[number] == pytest.approx([link.loss_db for link in audible], abs=1e-4)


def test_shadowing_scatters_the_losses_as_much_as_it_should() -> None:
    # Within 100 m of the only gateway no link is out of reach, so that none is left out.
    places, masts, found = a_reach(20_000, 1, BOR2016, extent_m=100.0)
    distance_m = np.hypot(*(places - masts[0]).T)
    assert np.diff(found.first).tolist() == [1] * 20_000
    shadows = found.loss_db - BOR2016.mean_db(distance_m)
    assert shadows.mean() == pytest.approx(0.0, abs=0.1)
    assert shadows.std() == pytest.approx(BOR2016.shadowing_db, rel=0.02)


def test_links_of_some_devices_are_theirs() -> None:
    _, _, found = a_reach(50, 5, NS3, extent_m=20_000.0)
    chosen = np.array([7, 3, 3, 49])
    owner, number = found.links(chosen)
    for index, device in enumerate(chosen):
        mine = number[owner == index]
        assert mine.tolist() == list(range(found.first[device], found.first[device + 1]))


# ns-3's aloha-throughput: every device sends one frame of 112.896 ms somewhere in 100 s to a
# gateway with a single reception path; received of them in one run of ns-3.
@pytest.mark.parametrize(
    ("interference", "devices", "measured"),
    [
        (orthogonal(math.inf, 0), 100, 78),
        (orthogonal(math.inf, 0), 1000, 114),
        (GOURSAUD, 1000, 207),
    ],
    ids=["aloha-100", "aloha-1000", "goursaud-1000"],
)
def test_ns3_receives_as_many(interference: Interference, devices: int, measured: int) -> None:
    receiver = Receiver(interference, demodulators=1)
    received = []
    for seed in range(60):
        source = np.random.default_rng(seed)
        begin_us = np.sort(source.integers(0, 100_000_000, devices))
        zeros = np.zeros(devices, np.int64)
        frames = Frames(begin_us, begin_us + 112_896, zeros, zeros)
        distance_m = np.hypot(1000.0 * np.sqrt(source.random(devices)), 13.8)
        receptions = Receptions.new(
            np.arange(devices), zeros, 14.0 - NS3.mean_db(distance_m), interference.adds_up
        )
        receiver.receive(frames, receptions, Transmissions.none())
        fates = receiver.outcome(frames, receptions).fate
        received.append(np.count_nonzero(fates == Fate.DELIVERED))
    share = measured / devices
    assert np.mean(received) == pytest.approx(
        measured, abs=3 * math.sqrt(devices * share * (1 - share))
    )
    if not interference.adds_up:
        error = np.std(received) / math.sqrt(len(received))
        expected = devices * math.exp(-2 * devices * 112_896 / 100_000_000)
        # Frames at the two ends of the span have fewer others around them.
        assert np.mean(received) == pytest.approx(expected, abs=3 * error + 0.1)


def test_more_gateways_lose_less() -> None:
    delivered = [
        (ns3_example.outcome(3000, 1.0, 1, gateways).fate == Fate.DELIVERED).mean()
        for gateways in (1, 4, 16)
    ]
    assert delivered[0] < delivered[1] < delivered[2]


def test_ten_thousand_devices_send_sixty_thousand_frames_an_hour() -> None:
    fates = ns3_example.outcome(10_000, 1.0, 1).fate
    assert len(fates) == 60_000
    # One gateway has far too few demodulators for them.
    assert np.count_nonzero(fates == Fate.NO_DEMODULATOR) > 15_000
