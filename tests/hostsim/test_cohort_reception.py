"""Frames resolved as arrays meet the fates of frames that simulated gateways hear one by one."""

import math
from collections import Counter
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simpy import Environment

from linli_hostsim.clockwork import at
from linli_hostsim.cohort.demodulators import refused
from linli_hostsim.cohort.frames import Frames, Receptions, joined
from linli_hostsim.cohort.reception import Receiver
from linli_hostsim.cohort.transmissions import Transmissions
from linli_hostsim.lora.air import Air
from linli_hostsim.lora.gateway import Gateway
from linli_hostsim.lora.interference import BY_NAME, Interference, orthogonal
from linli_hostsim.lora.link_budget import Link
from linli_hostsim.lora.lorawan import frame_us
from linli_hostsim.lora.region import EU868
from linli_hostsim.packet import Direction, Fate, Packet
from linli_hostsim.tracker import Tracker

# Airtimes are multiples of this. So frames with begins of their own remainder never begin or end
# in one microsecond, where what comes first is a matter of taste.
QUARTER_SYMBOL_US = 256
POWER_DBM = 14.0


@dataclass
class Sent:
    begin_us: int
    channel: int
    spreading_factor: int
    payload_bytes: int
    losses_db: list[float]


@dataclass
class World:
    gateways: int
    demodulators: int
    sent: list[Sent]
    # Gateway, begin, end.
    transmissions: list[tuple[int, int, int]]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    gateways = draw(st.integers(1, 4))
    # From a few symbols to a few of the longest frames: from a crush to a calm.
    span = draw(st.sampled_from([500, 4_000, 40_000]))
    sent = [
        Sent(
            draw(st.integers(0, span)) * QUARTER_SYMBOL_US + number,
            draw(st.integers(0, 1)),
            draw(st.integers(7, 12)),
            draw(st.integers(0, 51)),
            draw(st.lists(st.floats(100.0, 165.0), min_size=gateways, max_size=gateways)),
        )
        for number in range(draw(st.integers(0, 40)))
    ]
    transmissions = []
    for gateway in range(gateways):
        end_us = 0
        for number in range(draw(st.integers(0, 3))):
            begin_us = end_us + draw(st.integers(1, span)) * QUARTER_SYMBOL_US
            begin_us += 128 + number - begin_us % QUARTER_SYMBOL_US
            end_us = begin_us + draw(st.integers(10, 400)) * QUARTER_SYMBOL_US
            transmissions.append((gateway, begin_us, end_us))
    sent.sort(key=lambda frame: frame.begin_us)
    return World(gateways, draw(st.integers(1, 8)), sent, transmissions)


def one_by_one(world: World, interference: Interference) -> list[tuple[Fate | None, int]]:
    """Return each frame's fate and the gateway that passed it on, -1 for none."""
    env, tracker = Environment(), Tracker()
    air = Air(env, tracker)
    gateways = [
        Gateway(env, EU868, world.demodulators, interference) for _ in range(world.gateways)
    ]
    via: dict[int, int] = {}

    def passed_on(packet: Packet, gateway: int) -> None:
        via[id(packet)] = gateway
        tracker.settle(packet, Fate.DELIVERED)

    for number, gateway in enumerate(gateways):
        gateway.out = partial(passed_on, gateway=number)
    for number, begin_us, end_us in world.transmissions:
        at(env, begin_us, gateways[number].transmit, end_us - begin_us, 0)
    packets = []
    for frame in world.sent:
        payload = bytes(frame.payload_bytes)
        packet = Packet(1, 0, payload, 3, 0x11, "lora", Direction.UP, frame.begin_us)
        tracker.create(packet)
        packets.append(packet)
        links = [Link(*pair) for pair in zip(gateways, frame.losses_db, strict=True)]
        links.sort(key=lambda link: link.loss_db)
        at(
            env,
            frame.begin_us,
            air.transmit,
            packet,
            frame.spreading_factor,
            frame.channel,
            POWER_DBM,
            links,
            lambda received: None,
        )
    env.run()
    return [(packet.fate, via.get(id(packet), -1)) for packet in packets]


def as_arrays(world: World, adds_up: bool) -> tuple[Frames, Receptions, Transmissions]:
    begin_us = np.array([frame.begin_us for frame in world.sent], np.int64)
    airtime_us = [frame_us(frame.payload_bytes, frame.spreading_factor) for frame in world.sent]
    frames = Frames(
        begin_us,
        begin_us + np.array(airtime_us, np.int64),
        np.array([frame.channel for frame in world.sent], np.int64),
        np.array([frame.spreading_factor - 7 for frame in world.sent], np.int64),
    )
    rows = [
        (number, gateway, POWER_DBM - loss_db)
        for number, frame in enumerate(world.sent)
        for loss_db, gateway in sorted(zip(frame.losses_db, range(world.gateways), strict=True))
    ]
    frame, gateway, rssi_dbm = zip(*rows, strict=True) if rows else ((), (), ())
    receptions = Receptions.new(
        np.array(frame, np.int64), np.array(gateway, np.int64), np.array(rssi_dbm), adds_up
    )
    columns = np.array(world.transmissions, np.int64).reshape(-1, 3).T
    return frames, receptions, Transmissions.of(*columns)


def ends(receiver: Receiver, frames: Frames, receptions: Receptions) -> list[tuple[Fate, int]]:
    outcome = receiver.outcome(frames, receptions)
    return [
        (Fate(fate), -1 if best < 0 else int(receptions.gateway[best]))
        for fate, best in zip(outcome.fate, outcome.reception, strict=True)
    ]


@pytest.mark.parametrize("name", BY_NAME)
@settings(max_examples=150, deadline=None)
@given(world=worlds())
def test_arrays_meet_the_fates_of_frames_heard_one_by_one(name: str, world: World) -> None:
    interference = BY_NAME[name]
    frames, receptions, transmissions = as_arrays(world, interference.adds_up)
    receiver = Receiver(interference, world.demodulators)
    receiver.receive(frames, receptions, transmissions)
    assert ends(receiver, frames, receptions) == one_by_one(world, interference)


@pytest.mark.parametrize("name", BY_NAME)
@settings(max_examples=100, deadline=None)
@given(world=worlds(), cuts=st.lists(st.integers(0, 10_000_000), max_size=6))
def test_windows_of_any_length_give_the_same_fates(
    name: str, world: World, cuts: list[int]
) -> None:
    interference = BY_NAME[name]
    whole, receptions, transmissions = as_arrays(world, interference.adds_up)
    receiver = Receiver(interference, world.demodulators)
    found: dict[int, tuple[Fate, int]] = {}
    carried = Frames.none(), receptions.of_frames(np.zeros(len(whole), np.bool_))
    since_us = -1
    for until_us in [*sorted(cuts), 1 << 40]:
        begins = (whole.begin_us >= since_us) & (whole.begin_us < until_us)
        new = whole.take(begins), receptions.of_frames(begins)
        frames, mine, _ = joined(carried, new)
        known = transmissions.take(
            (transmissions.begin_us < until_us) & (transmissions.end_us > since_us)
        )
        receiver.receive(frames, mine, known, since_us)
        ended = frames.end_us <= until_us
        outcome = ends(receiver, frames.take(ended), mine.of_frames(ended))
        found.update(zip(frames.begin_us[ended].tolist(), outcome, strict=True))
        carried = frames.take(~ended), mine.of_frames(~ended)
        since_us = until_us
    assert [found[frame.begin_us] for frame in world.sent] == one_by_one(world, interference)


def crowd(count: int, gap_us: float, channels: int, seed: int) -> tuple[Frames, Receptions]:
    """Return SF7 frames of 56.576 ms that begin `gap_us` apart on average, equally strong."""
    random = np.random.default_rng(seed)
    begin_us = np.cumsum(random.exponential(gap_us, count)).astype(np.int64)
    zeros = np.zeros(count, np.int64)
    frames = Frames(begin_us, begin_us + 56_576, random.integers(0, channels, count), zeros)
    return frames, Receptions.new(np.arange(count), zeros, np.full(count, -100.0))


@pytest.mark.parametrize("load", [2, 4, 8])
def test_eight_demodulators_lose_what_erlang_says(load: int) -> None:
    blocked = 1.0
    for servers in range(1, 9):
        blocked = load * blocked / (servers + load * blocked)
    frames, receptions = crowd(200_000, 56_576 / load, 10_000_000, 1)
    receiver = Receiver(demodulators=8)
    receiver.receive(frames, receptions, Transmissions.none())
    lost = Counter(receiver.outcome(frames, receptions).fate.tolist())[Fate.NO_DEMODULATOR]
    assert lost / len(frames) == pytest.approx(blocked, abs=0.004)


@pytest.mark.parametrize("load", [0.1, 0.5, 1.0])
def test_pure_aloha(load: float) -> None:
    frames, receptions = crowd(200_000, 56_576 / load, 1, 2)
    receiver = Receiver(orthogonal(math.inf, 0), None)
    receiver.receive(frames, receptions, Transmissions.none())
    delivered = (receiver.outcome(frames, receptions).fate == Fate.DELIVERED).mean()
    assert delivered == pytest.approx(math.exp(-2 * load), abs=0.005)


@settings(max_examples=300, deadline=None)
@given(
    frames=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 12), st.booleans()), max_size=40),
    limit=st.integers(1, 8),
)
def test_who_is_refused_holds_nothing(frames: list[tuple[int, int, bool]], limit: int) -> None:
    # Frames held from before began before the new ones, and there was room for them.
    held = [(0, length, False) for _, length, is_new in frames if not is_new][:limit]
    new = [(begin + 1, length, True) for begin, length, is_new in frames if is_new]
    begin, length, is_new = np.array(sorted(held + new), np.int64).reshape(-1, 3).T
    ends: list[int] = []
    expected = []
    for now, airtime in zip(begin.tolist(), length.tolist(), strict=True):
        ends = [end for end in ends if end > now]
        expected.append(len(ends) >= limit)
        if not expected[-1]:
            ends.append(now + airtime)
    assert refused(begin, begin + length, is_new.astype(np.bool_), limit).tolist() == expected
