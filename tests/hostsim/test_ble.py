"""BLE: airtimes, collisions of advertisements, discovery, connection events, throughput."""

import math
import random
import statistics
from dataclasses import replace

import pytest
from simpy import Environment

from linli_hostsim.ble import advertising
from linli_hostsim.ble.advertising import SPACING_US
from linli_hostsim.ble.gateway import (
    EXCHANGE_US,
    SET_UP_EVENTS,
    TRANSMIT_WINDOW_DELAY_US,
    Gateway,
    Peripheral,
)
from linli_hostsim.ble.link import QUEUE_PACKETS, Link, Rules, throughput_bytes_per_s
from linli_hostsim.ble.packets import (
    ADVERTISEMENT_US,
    CONNECT_US,
    EMPTY_US,
    IFS_US,
    packet_us,
    pieces,
)
from linli_hostsim.clockwork import US_PER_S, at, now_us
from linli_hostsim.packet import HUB, Direction, Fate, Packet
from linli_hostsim.tracker import Tracker

RULES = Rules(
    interval_us=50_000,
    latency=0,
    event_us=10_000,
    att_mtu=247,
    link_bytes=251,
    loss=0.0,
    supervision_us=4 * US_PER_S,
)


def test_airtimes_are_eight_bits_a_byte_and_ten_bytes_more() -> None:
    # 44 to 2120 us (with 4 bytes of MIC) are the Core Specification's extremes of a data packet.
    assert packet_us(251 + 4) == 2120
    assert (EMPTY_US, ADVERTISEMENT_US, CONNECT_US) == (80, 296, 352)
    assert EXCHANGE_US == 296 + 150 + 352


def test_a_packet_is_cut_into_notifications_and_link_packets() -> None:
    # A frame of 65 bytes: one notification, or four of 20, 20, 20 and 5 bytes.
    assert pieces(60, 247, 251) == [65 + 7]
    assert pieces(60, 23, 27) == [27, 27, 27, 12]
    assert pieces(240, 247, 27) == [27] * 9 + [8, 8]
    assert sum(pieces(240, 247, 27)) == 245 + 2 * 7


def starts_us(source: random.Random, interval_us: int, until_us: int) -> list[float]:
    start_us = source.random() * (interval_us + 10_000)
    starts = []
    while start_us < until_us:
        starts.append(start_us)
        start_us += interval_us + source.random() * 10_000
    return starts


@pytest.mark.parametrize(("devices", "interval_ms"), [(20, 100), (100, 250), (200, 1000)])
def test_events_are_alone_as_often_as_the_closed_form_says(devices: int, interval_ms: int) -> None:
    source = random.Random(devices)
    span_us = 100 * interval_ms * 1000
    events = sorted(
        start_us
        for _ in range(devices)
        for start_us in starts_us(source, interval_ms * 1000, 2 * span_us)
        # From some time on phases are independent.
        if start_us > span_us
    )
    alone = sum(
        after - start > EXCHANGE_US and start - before > ADVERTISEMENT_US
        for before, start, after in zip(events, events[1:], events[2:], strict=False)
    )
    share = alone / (len(events) - 2)
    expected = advertising.clear_probability(
        devices - 1, interval_ms, ADVERTISEMENT_US, EXCHANGE_US
    )
    standard_error = math.sqrt(expected * (1 - expected) / len(events))
    # Neighbouring events share their fate: twice the error of independent ones.
    assert abs(share - expected) < 8 * standard_error
    assert 0.2 < expected < 0.9


@pytest.mark.parametrize(("window_us", "interval_us"), [(60_000, 60_000), (30_000, 60_000)])
def test_a_scanner_hears_as_often_as_the_closed_form_says(window_us: int, interval_us: int) -> None:
    gateway = Gateway(Environment(), window_us, interval_us)
    step_us = 7
    cycle_us = 3 * interval_us
    heard = sum(gateway.hears(start_us) for start_us in range(0, cycle_us, step_us))
    share = heard / (cycle_us // step_us)
    expected = advertising.heard_probability(window_us, interval_us, ADVERTISEMENT_US)
    assert share == pytest.approx(expected, abs=2e-4)
    if window_us == interval_us:
        lost_us = ADVERTISEMENT_US + 2 * SPACING_US
        assert expected == pytest.approx(1 - lost_us / cycle_us)


class Hall:
    """A gateway with devices that come out of nowhere, each connected by the same rules."""

    def __init__(self, rules: Rules = RULES, advertise_ms: int = 250, scan: int = 60_000) -> None:
        self.env = Environment()
        self.tracker = Tracker()
        self.rules = rules
        self.gateway = Gateway(self.env, scan, 60_000)
        self.advertise_ms = advertise_ms
        self.arrivals: list[tuple[int, Packet]] = []
        self.devices: list[Peripheral] = []

    def add(self, seed: int) -> Peripheral:
        link = Link(self.env, self.tracker, random.Random(-seed - 1), self.rules)
        link.up = link.out = self.consume
        device = Peripheral(self.gateway, link, random.Random(seed), self.advertise_ms)
        self.gateway.add(device)
        self.devices.append(device)
        return device

    def consume(self, packet: Packet) -> None:
        self.arrivals.append((now_us(self.env), packet))
        self.tracker.settle(packet, Fate.DELIVERED)

    def send(self, link: Link, up: bool = True, length: int = 60) -> Packet:
        source, destination = (1, HUB) if up else (HUB, 1)
        direction = Direction.UP if up else Direction.DOWN
        packet = Packet(
            source, destination, bytes(length), 3, 0, "ble", direction, now_us(self.env)
        )
        self.tracker.create(packet)
        link.put(packet)
        return packet


def test_setting_up_takes_discovery_an_offset_and_the_exchanges() -> None:
    set_up_us = []
    for seed in range(400):
        hall = Hall(scan=45_000)
        device = hall.add(seed)
        # Anywhere in the scanner's cycle.
        at(hall.env, 7_919 * seed % 180_000, device.switch_on)
        hall.env.run()
        assert device.link.is_connected
        set_up_us.append(device.set_up_us)
    heard = advertising.heard_probability(45_000, 60_000, ADVERTISEMENT_US)
    fixed_us = EXCHANGE_US + TRANSMIT_WINDOW_DELAY_US + SET_UP_EVENTS * RULES.interval_us
    assert min(set_up_us) >= fixed_us
    discovery_us = 1000 * advertising.discovery_ms(heard, 250)
    expected_us = fixed_us + RULES.interval_us / 2 + discovery_us
    error_us = statistics.stdev(set_up_us) / math.sqrt(len(set_up_us))
    # Successive events are not quite independent of where the scanner rests.
    assert abs(statistics.mean(set_up_us) - expected_us) < 4 * error_us + 0.1 * discovery_us


def test_a_crowd_finds_its_gateway_one_after_the_other() -> None:
    hall = Hall()
    for seed in range(40):
        hall.add(seed).switch_on()
    hall.env.run(until=60 * US_PER_S)
    took = sorted(device.set_up_us for device in hall.devices)
    assert all(device.link.is_connected for device in hall.devices)
    # A gateway is busy until a new connection has begun: half an interval each.
    assert took[-1] > 40 * RULES.interval_us / 2 > took[0]
    assert took[-1] < 20 * US_PER_S


def test_packets_wait_for_the_next_connection_event() -> None:
    hall = Hall()
    link = hall.add(1).link
    link.connect(0)
    source = random.Random(4)
    waits = []
    for _ in range(300):
        hall.env.run(until=now_us(hall.env) + 1 + source.randrange(200_000))
        begun_us = now_us(hall.env)
        hall.send(link, up=source.random() < 0.5)
        hall.env.run()
        waits.append(hall.arrivals[-1][0] - begun_us)
    air_us = packet_us(72)
    assert min(waits) >= air_us
    assert max(waits) <= RULES.interval_us + EMPTY_US + IFS_US + air_us
    error_us = RULES.interval_us / math.sqrt(12 * len(waits))
    assert abs(statistics.mean(waits) - RULES.interval_us / 2 - air_us - 115) < 4 * error_us


def test_a_device_that_sleeps_through_events_is_reached_late_but_sends_soon() -> None:
    hall = Hall(replace(RULES, latency=9))
    link = hall.add(1).link
    link.connect(0)
    hall.env.run(until=60_000)
    hall.send(link, up=False)
    hall.env.run(until=100_001)
    hall.send(link)
    hall.env.run()
    uplink, downlink = (time_us for time_us, _ in hall.arrivals)
    # Once it attends an event to send something it hears what waits, too.
    assert 150_000 < uplink < 152_000
    assert 150_000 < downlink < 152_000
    hall.send(link, up=False)
    hall.env.run()
    assert hall.arrivals[-1][0] == 500_000 + packet_us(72)


@pytest.mark.parametrize("length", [20, 60, 200])
def test_throughput_is_what_fits_the_events(length: int) -> None:
    hall = Hall()
    link = hall.add(1).link
    link.connect(0)
    received = 0

    def refill(packet: Packet) -> None:
        nonlocal received
        hall.tracker.settle(packet, Fate.DELIVERED)
        received += length
        hall.send(link, length=length)

    link.up = refill
    for _ in range(QUEUE_PACKETS):
        hall.send(link, length=length)
    hall.env.run(until=20 * US_PER_S)
    expected = throughput_bytes_per_s(length, RULES)
    # What a queue of eight holds bounds an event, too.
    expected = min(expected, QUEUE_PACKETS * length / 0.05)
    assert received / 20 == pytest.approx(expected, rel=0.01)


def test_noise_costs_intervals_and_no_packets() -> None:
    hall = Hall(replace(RULES, loss=0.2))
    link = hall.add(1).link
    link.connect(0)
    waits = []
    for number in range(400):
        hall.env.run(until=50_000 * (number * 20 + 1) - 1)
        hall.send(link)
        hall.env.run()
        waits.append((hall.arrivals[-1][0] - 50_000 * (number * 20 + 1)) // 50_000)
    # Poll and answer both arrive with 0.8^2: geometric repetitions.
    expected = 1 / 0.64 - 1
    error = math.sqrt(1 - 0.64) / 0.64 / math.sqrt(len(waits))
    assert abs(statistics.mean(waits) - expected) < 4 * error


def test_what_never_gets_through_costs_the_connection() -> None:
    hall = Hall()
    device = hall.add(1)
    device.switch_on()
    hall.env.run(until=5 * US_PER_S)
    device.link.rules = replace(RULES, loss=1.0)
    packet = hall.send(device.link)
    hall.env.run(until=5 * US_PER_S + RULES.supervision_us - 2 * RULES.interval_us)
    assert device.link.is_connected and packet.fate is None
    hall.env.run(until=6 * US_PER_S + RULES.supervision_us)
    assert not device.link.is_connected and packet.fate is Fate.LINK_DOWN
    device.link.rules = RULES
    hall.env.run(until=15 * US_PER_S)
    assert device.link.is_connected


def test_a_restart_loses_what_waits_and_the_devices_come_back() -> None:
    hall = Hall()
    for seed in range(10):
        hall.add(seed).switch_on()
    hall.env.run(until=20 * US_PER_S)
    link = hall.devices[0].link
    waiting = hall.send(link)
    hall.gateway.restart(30 * US_PER_S)
    assert waiting.fate is Fate.LINK_DOWN
    assert hall.send(link).fate is Fate.LINK_DOWN
    hall.env.run(until=49 * US_PER_S)
    assert not any(device.link.is_connected for device in hall.devices)
    hall.env.run(until=60 * US_PER_S)
    assert all(device.link.is_connected for device in hall.devices)
    packet = hall.send(link)
    hall.env.run()
    assert packet.fate is Fate.DELIVERED


def test_the_radio_is_on_for_events_attended_and_for_data() -> None:
    for latency in (0, 4):
        hall = Hall(replace(RULES, latency=latency))
        link = hall.add(1).link
        link.connect(0)
        hall.env.run(until=10 * US_PER_S)
        assert link.radio_us() == 200 // (latency + 1) * (2 * EMPTY_US + IFS_US)
    hall.send(link)
    hall.env.run()
    link.disconnect()
    at_rest_us = link.radio_us()
    assert at_rest_us >= 40 * (2 * EMPTY_US + IFS_US) + EMPTY_US + IFS_US + packet_us(72)
    hall.env.run(until=20 * US_PER_S)
    assert link.radio_us() == at_rest_us


def test_queues_are_bounded() -> None:
    hall = Hall()
    link = hall.add(1).link
    link.connect(1)
    fates = [hall.send(link).fate for _ in range(QUEUE_PACKETS + 1)]
    assert fates == [None] * QUEUE_PACKETS + [Fate.QUEUE_FULL]
