"""The LoRa air against ALOHA and LoRaSim's delivery ratios; class A's first window."""

import math
import random
import statistics
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simpy import Environment

from linli_hostsim.clockwork import US_PER_S, at, now_us
from linli_hostsim.lora.air import Air
from linli_hostsim.lora.airtime import symbol_us
from linli_hostsim.lora.gateway import Gateway
from linli_hostsim.lora.interference import CAPTURE_DB, NONE, Interference, orthogonal
from linli_hostsim.lora.link_budget import Link
from linli_hostsim.lora.lorawan import frame_us
from linli_hostsim.lora.path_loss import LogDistance
from linli_hostsim.packet import Fate, Packet
from linli_hostsim.tracker import Tracker
from lora_world import PAYLOAD, World, fates, region, uplink

ALOHA = orthogonal(math.inf, spare_symbols=0)


def gateway(
    env: Environment, tracker: Tracker, interference: Interference, demodulators: int
) -> Gateway:
    made = Gateway(env, region(), demodulators, interference)
    made.out = lambda packet: tracker.settle(packet, Fate.DELIVERED)
    return made


def think_and_send(
    env: Environment, source: random.Random, mean_us: float, send: Callable[[], int]
) -> None:
    """Call `send`, which returns an airtime, again and again with Exp(mean) pauses between."""

    def again() -> None:
        at(env, send() + round(source.expovariate(1 / mean_us)), again)

    at(env, round(source.expovariate(1 / mean_us)), again)


def lorasim(nodes: int, seed: int, interference: Interference) -> float:
    """Return the delivery ratio of LoRaSim's experiment 4: SF12, 4/5, one channel, a small disc."""
    env, tracker, source = Environment(), Tracker(), random.Random(seed)
    air = Air(env, tracker)
    centre = gateway(env, tracker, interference, demodulators=nodes)
    path = LogDistance(shadowing_db=0.0)
    for _ in range(nodes):
        links = [Link(centre, path.loss_db(98.95 * math.sqrt(source.random()), source))]

        def send(links: list[Link] = links) -> int:
            packet = uplink(env, tracker)
            air.transmit(packet, 12, 0, 14.0, links, lambda heard: None)
            return packet.airtime_us

        think_and_send(env, source, 1000 * US_PER_S, send)
    env.run(until=20_000_000 * US_PER_S // nodes)
    counted = fates(tracker)
    return counted[Fate.DELIVERED] / counted.total()


def der_simple(nodes: int) -> float:
    load = frame_us(len(PAYLOAD), 12) / (1000 * US_PER_S)
    return (math.exp(-load) / (1 + load)) ** (nodes - 1)


def der_capture(nodes: int) -> float:
    load = frame_us(len(PAYLOAD), 12) / (1000 * US_PER_S)
    spare = 3 * symbol_us(12) / (1000 * US_PER_S)
    clear = math.exp(spare - load) * (1 + spare) / (1 + load)
    area_ratio = 10 ** (2 * CAPTURE_DB / (10 * LogDistance().exponent))
    steps = 2000
    return (
        sum(
            (1 - min(1, area_ratio * (step + 0.5) / steps) * (1 - clear)) ** (nodes - 1)
            for step in range(steps)
        )
        / steps
    )


@pytest.mark.parametrize("nodes", [100, 500])
@pytest.mark.parametrize(
    ("interference", "closed_form"),
    [(ALOHA, der_simple), (NONE, der_capture)],
    ids=["simple", "capture"],
)
def test_delivery_ratio_is_lorasims(
    nodes: int, interference: Interference, closed_form: Callable[[int], float]
) -> None:
    runs = 12
    ratios = [lorasim(nodes, seed, interference) for seed in range(runs)]
    standard_error = statistics.stdev(ratios) / math.sqrt(runs)
    assert abs(statistics.mean(ratios) - closed_form(nodes)) < max(3 * standard_error, 0.003)


def poisson_world(load: float) -> float:
    """Return the delivery ratio of frames sent with `load` erlang by infinitely many nodes."""
    env, tracker, source = Environment(), Tracker(), random.Random(5)
    air = Air(env, tracker)
    centre = gateway(env, tracker, ALOHA, demodulators=1000)
    links = [Link(centre, 100.0)]
    gap_us = frame_us(len(PAYLOAD), 7) / load

    def send() -> None:
        air.transmit(uplink(env, tracker), 7, 0, 14.0, links, lambda heard: None)
        at(env, round(source.expovariate(1 / gap_us)), send)

    send()
    env.run(until=round(30_000 * gap_us))
    counted = fates(tracker)
    return counted[Fate.DELIVERED] / counted.total()


@pytest.mark.parametrize("load", [0.1, 0.5])
def test_pure_aloha(load: float) -> None:
    delivered = poisson_world(load)
    assert delivered == pytest.approx(math.exp(-2 * load), abs=0.01)


AIRTIME_US = frame_us(len(PAYLOAD), 7)


def test_two_gateways_make_one_packet_and_the_stronger_passes_it_on() -> None:
    world = World([[120.0, 110.0]])
    packet = world.send_up(0)
    world.finish()
    assert world.via == [(1, packet)]
    assert packet.fate is Fate.DELIVERED


def test_a_second_gateway_saves_what_collides_at_the_first() -> None:
    world = World([[110.0, 110.0], [112.0, 130.0]])
    packets = [world.send_up(0), world.send_up(1)]
    world.finish()
    assert [packet.fate for packet in packets] == [Fate.DELIVERED, Fate.COLLIDED]
    assert world.via == [(1, packets[0])]


def test_a_device_out_of_reach_is_below_sensitivity() -> None:
    world = World([[144.1], [151.0]])
    packets = [world.send_up(0), world.send_up(1)]
    world.finish()
    assert [packet.fate for packet in packets] == [Fate.BELOW_SENSITIVITY] * 2


def test_the_downlink_comes_one_second_after_the_uplink() -> None:
    world = World([[110.0]])
    arrived: list[int] = []
    world.radios[0].out = lambda packet: (
        arrived.append(now_us(world.env)),
        world.consume(packet),
    )[0]
    world.send_up(0)
    at(world.env, AIRTIME_US + 500_000, world.send_down, 0)
    world.finish()
    assert arrived == [AIRTIME_US + US_PER_S + AIRTIME_US]


def test_a_downlink_after_the_window_waits_for_the_next_uplink() -> None:
    world = World([[110.0]])
    world.send_up(0)
    world.env.run(until=3 * US_PER_S)
    packet = world.send_down(0)
    world.env.run(until=5 * US_PER_S)
    assert packet.fate is None
    world.send_up(0)
    world.finish()
    assert packet.fate is Fate.DELIVERED


def test_a_downlink_held_too_long_found_the_receiver_asleep() -> None:
    world = World([[110.0]])
    packet = world.send_down(0)
    at(world.env, 11 * US_PER_S, world.send_up, 0)
    world.finish()
    assert packet.fate is Fate.RECEIVER_ASLEEP


def test_the_newest_of_the_most_urgent_downlinks_goes_first() -> None:
    world = World([[110.0]])
    old, new, report = world.send_down(0, 0), world.send_down(0, 0), world.send_down(0, 3)
    world.send_up(0)
    world.finish()
    assert [packet.fate for packet in (old, new, report)] == [
        Fate.RECEIVER_ASLEEP,
        Fate.DELIVERED,
        Fate.RECEIVER_ASLEEP,
    ]


def test_a_fifth_held_downlink_finds_the_queue_full() -> None:
    world = World([[110.0]])
    packets = [world.send_down(0) for _ in range(5)]
    assert packets[0].fate is Fate.QUEUE_FULL


def test_a_gateway_too_weak_for_the_way_down_is_passed_over() -> None:
    # At 140 dB the uplink reaches the gateway's -130 dBm, but the downlink not the device's -124.
    world = World([[110.0, 140.0], [110.0, 140.0]], region(channels=1000))
    first, second = world.send_down(0), world.send_down(1)
    world.send_up(0)
    at(world.env, 10, world.send_up, 1)
    world.finish()
    assert (first.fate, second.fate) == (Fate.DELIVERED, Fate.RECEIVER_ASLEEP)


def test_a_device_that_hears_no_gateway_is_tried_and_named() -> None:
    world = World([[140.0]])
    packet = world.send_down(0)
    world.send_up(0)
    world.finish()
    assert packet.fate is Fate.BELOW_SENSITIVITY


def test_the_gateway_is_deaf_while_it_transmits() -> None:
    world = World([[110.0], [110.0]], region(channels=1000))
    world.send_up(0)
    world.send_down(0)
    window_us = AIRTIME_US + US_PER_S
    before: list[Packet] = []
    at(world.env, window_us - 10, lambda: before.append(world.send_up(1)))
    world.finish()
    assert before[0].fate is Fate.GATEWAY_TRANSMITTING


def test_the_duty_cycle_silences_the_gateway() -> None:
    world = World([[110.0], [110.0]], region(duty_cycle=0.01))
    first, second = world.send_down(0), world.send_down(1)
    world.send_up(0)
    at(world.env, 2 * AIRTIME_US, world.send_up, 1)
    world.finish()
    assert (first.fate, second.fate) == (Fate.DELIVERED, Fate.RECEIVER_ASLEEP)


def test_the_next_uplink_waits_for_the_window_and_the_most_urgent_goes_first() -> None:
    world = World([[110.0]])
    for _ in range(3):
        world.send_up(0)
    alarm = uplink(world.env, world.tracker)
    alarm.priority = 0
    world.radios[0].put(alarm)
    world.finish()
    assert [packet.priority for _, packet in world.via] == [3, 0, 3, 3]
    radio = world.radios[0]
    assert radio.transmit_us == {radio.power_dbm: 4 * AIRTIME_US}
    assert radio.awake_us == 4 * AIRTIME_US + 4 * US_PER_S + radio.receive_us


def test_a_busy_radio_drops_the_ninth_waiting_packet() -> None:
    world = World([[110.0]])
    packets = [world.send_up(0) for _ in range(10)]
    world.finish()
    assert [packet.fate for packet in packets] == [Fate.DELIVERED] * 9 + [Fate.QUEUE_FULL]


@settings(max_examples=40, deadline=None)
@given(
    losses=st.lists(
        st.lists(st.floats(90.0, 155.0), min_size=2, max_size=2), min_size=1, max_size=12
    ),
    sends=st.lists(
        st.tuples(st.integers(0, 11), st.booleans(), st.integers(0, 2_000_000)), max_size=60
    ),
)
def test_fates_add_up(losses: list[list[float]], sends: list[tuple[int, bool, int]]) -> None:
    world = World(losses, region(duty_cycle=0.1, channels=2))
    for number, up, delay_us in sends:
        at(
            world.env,
            delay_us,
            world.send_up if up else world.send_down,
            number % len(losses),
        )
    world.env.run(until=1_500_000)
    world.finish()
    assert fates(world.tracker).total() == world.tracker.created == len(sends)
