"""Wi-Fi: airtimes, saturation against Bianchi's model, power saving, and joining anew in a herd."""

import random
import statistics
from itertools import pairwise

import pytest
from simpy import Environment

from linli_hostsim.clockwork import US_PER_S, at, now_us
from linli_hostsim.packet import HUB, Direction, Fate, Packet
from linli_hostsim.tracker import Tracker
from linli_hostsim.wifi.access_point import AWAKE_US, BEACON_US, AccessPoint, Station
from linli_hostsim.wifi.association import FRAMES, NOTICED_US, RATE_MBPS, SCAN_US
from linli_hostsim.wifi.channel import OTHERS_US, Channel, Frame, Outcome, Sender
from linli_hostsim.wifi.dcf import CW_MIN, DIFS_US, SLOT_US, exchange_us, frame_us
from linli_hostsim.wifi.saturation import attempt_probability, collision_probability, frames_per_s

# Mbit/s of 1500 bytes each, 5, 20 and 50 stations: ns-3's wifi-bianchi.cc, bianchiResultsEifs.
NS3_BIANCHI = {
    6: (4.6899, 3.9589, 3.4711),
    12: (8.8972, 7.5415, 6.6225),
    24: (16.0836, 13.7300, 12.0889),
    54: (29.2861, 25.3325, 22.4162),
}
# With 6 bytes of ns-3's packet socket, and MAC header and checksum.
LENGTH = 1500 + 6 + 28


def test_airtimes_are_those_of_the_standards_formula() -> None:
    # 22 + 8 x 14 bits in symbols of 24 bits; 22 + 8 x 1534 bits in symbols of 216.
    assert frame_us(14, 6) == 20 + 4 * 6
    assert frame_us(LENGTH, 54) == 20 + 4 * 57
    # An acknowledgement comes at 24, 12 or 6 Mbit/s.
    assert exchange_us(LENGTH, 54) == 248 + 16 + 28
    assert exchange_us(LENGTH, 9) == 20 + 4 * 342 + 16 + 44


@pytest.mark.parametrize("rate_mbps", NS3_BIANCHI)
def test_saturation_is_bianchis_as_ns3_has_it(rate_mbps: int) -> None:
    ours = [frames_per_s(n, LENGTH, rate_mbps) * 1500 * 8 / 1e6 for n in (5, 20, 50)]
    # Theirs is solved on a grid of 10^4 points.
    assert ours == pytest.approx(NS3_BIANCHI[rate_mbps], rel=1e-3)


def test_one_station_never_collides_and_many_nearly_always() -> None:
    assert attempt_probability(1) == pytest.approx(2 / (CW_MIN + 2))
    chances = [collision_probability(n, attempt_probability(n)) for n in (1, 2, 5, 20, 100)]
    assert chances[0] == 0
    assert all(one < next_one for one, next_one in pairwise(chances))
    with pytest.raises(ValueError, match="0 stations"):
        attempt_probability(0)


def saturated(stations: int, length: int, rate_mbps: int, frames: int) -> tuple[float, float]:
    """Return frames a second and the share of attempts that collided."""
    env = Environment()
    channel = Channel(env, random.Random(stations), loss=0.0, attempts=10**6)
    us = exchange_us(length, rate_mbps)
    sent = [0, 0]

    def refill(sender: Sender) -> None:
        def done(_: Outcome | None, airtime_us: int) -> None:
            sent[0] += 1
            sent[1] += airtime_us // us
            sender.put(Frame(us, done))

        sender.put(Frame(us, done))

    for _ in range(stations):
        refill(Sender(channel, 1))
    while sent[0] < frames:
        env.step()
    return sent[0] / (now_us(env) / US_PER_S), 1 - sent[0] / sent[1]


def test_a_single_station_waits_for_half_a_window_between_frames() -> None:
    rate, collided = saturated(1, 100, 24, 5000)
    mean_us = exchange_us(100, 24) + DIFS_US + CW_MIN / 2 * SLOT_US
    assert rate == pytest.approx(US_PER_S / mean_us, rel=0.01)
    assert collided == 0


@pytest.mark.parametrize("stations", [5, 20, 50])
def test_simulated_saturation_is_bianchis(stations: int) -> None:
    rate, collided = saturated(stations, LENGTH, 6, 8000)
    # ns-3 allows itself 2 %.
    assert rate == pytest.approx(frames_per_s(stations, LENGTH, 6), rel=0.02)
    # The model has a constant chance of collision, which counts standing still make too high.
    predicted = collision_probability(stations, attempt_probability(stations))
    assert collided == pytest.approx(predicted, abs=0.03)


def test_strangers_make_a_frame_wait_as_often_as_they_hold_the_channel() -> None:
    load, trials = 0.3, 3000
    env = Environment()
    channel = Channel(env, random.Random(5), 0.0, 7, load)
    sender = Sender(channel, 1)
    waits: list[int] = []

    def send() -> None:
        begun_us = now_us(env)
        frame = Frame(100, lambda _outcome, us: waits.append(now_us(env) - begun_us - us))
        sender.put(frame)

    for number in range(trials):
        at(env, number * 100_000, send)
    env.run()
    assert len(waits) == trials
    standard_error = (load * (1 - load) / trials) ** 0.5
    assert abs(sum(wait > 0 for wait in waits) / trials - load) < 4 * standard_error
    delayed = [wait for wait in waits if wait > 0]
    # Half a stay of theirs, DIFS, half a window, and theirs that begin in that.
    slots_us = CW_MIN / 2 * SLOT_US
    begun = slots_us / (OTHERS_US * (1 - load) / load)
    expected_us = OTHERS_US / 2 + DIFS_US + slots_us + begun * (OTHERS_US + DIFS_US)
    error_us = statistics.stdev(delayed) / len(delayed) ** 0.5
    assert abs(statistics.mean(delayed) - expected_us) < 4 * error_us + SLOT_US


class House:
    """An access point with stations, all switched on at once."""

    def __init__(self, stations: int, loss: float = 0.0, listens_every: int = 0) -> None:
        self.env = Environment()
        self.tracker = Tracker()
        self.channel = Channel(self.env, random.Random(1), loss, 7)
        self.point = AccessPoint(self.env, self.tracker, self.channel, 6)
        self.arrivals: list[tuple[int, Packet]] = []
        self.point.out = self.consume
        self.stations: list[Station] = []
        for device in range(1, stations + 1):
            station = self.point.add(device, random.Random(device), listens_every)
            station.out = self.consume
            station.switch_on()
            self.stations.append(station)

    def consume(self, packet: Packet) -> None:
        self.arrivals.append((now_us(self.env), packet))
        self.tracker.settle(packet, Fate.DELIVERED)

    def send(self, device: int, up: bool = True, length: int = 60) -> Packet:
        source, destination = (device, HUB) if up else (HUB, device)
        direction = Direction.UP if up else Direction.DOWN
        now = now_us(self.env)
        packet = Packet(source, destination, bytes(length), 3, 0, "wifi", direction, now)
        self.tracker.create(packet)
        (self.stations[device - 1].put if up else self.point.put)(packet)
        return packet


def test_a_packet_takes_its_airtime_on_an_idle_channel() -> None:
    house = House(1)
    house.env.run()
    for up in (True, False):
        begun_us = now_us(house.env) + US_PER_S
        house.env.run(until=begun_us)
        packet = house.send(1, up)
        house.env.run()
        # 60 bytes and 80 of headers: 20 + 4 x 48 us, SIFS, an acknowledgement of 44 us.
        assert house.arrivals[-1] == (begun_us + 212 + 16 + 44, packet)
        assert packet.airtime_us == 272


def test_noise_is_outsent_seven_times_at_most() -> None:
    house = House(1)
    house.env.run()
    house.channel._loss = 1.0
    packet = house.send(1)
    house.env.run()
    assert packet.fate is Fate.CORRUPTED
    assert packet.airtime_us == 7 * 272
    house.channel._loss = 0.5
    packets = [house.send(1) for _ in range(20)]
    house.env.run()
    assert [packet.fate for packet in packets] == [Fate.DELIVERED] * 20
    assert sum(packet.airtime_us for packet in packets) > 25 * 272


def test_a_downlink_waits_for_the_beacon_that_a_sleeper_hears() -> None:
    house = House(1, listens_every=10)
    house.env.run()
    waits = []
    source = random.Random(2)
    for _ in range(300):
        house.env.run(until=now_us(house.env) + source.randrange(2, 4 * US_PER_S))
        begun_us = now_us(house.env)
        if begun_us >= house.stations[0].awake_until_us:
            house.send(1, up=False)
            house.env.run()
            waits.append(house.arrivals[-1][0] - begun_us - 272)
    period_us = 10 * BEACON_US
    assert max(waits) < period_us
    error_us = period_us / (12 * len(waits)) ** 0.5
    assert abs(statistics.mean(waits) - period_us / 2) < 4 * error_us


def test_a_sleeper_that_has_just_sent_hears_the_answer_at_once() -> None:
    house = House(1, listens_every=10)
    house.env.run()
    house.send(1)
    house.env.run()
    house.env.run(until=now_us(house.env) + AWAKE_US // 2)
    begun_us = now_us(house.env)
    house.send(1, up=False)
    house.env.run()
    assert house.arrivals[-1][0] == begun_us + 272


def test_a_herd_joins_anew_within_a_scan_and_what_its_frames_take() -> None:
    count = 60
    house = House(count)
    house.env.run()
    assert all(station.is_associated for station in house.stations)
    waiting = [house.send(1), house.send(2, up=False)]
    house.point.restart(2 * US_PER_S)
    assert [packet.fate for packet in waiting] == [Fate.LINK_DOWN] * 2
    assert house.send(1).fate is Fate.LINK_DOWN
    restarted_us = now_us(house.env)
    joined_us = []
    while not all(station.is_associated for station in house.stations):
        house.env.step()
        joined_us.append(now_us(house.env) - restarted_us)
    airtime_us = sum(exchange_us(length, RATE_MBPS) for _, length in FRAMES)
    assert joined_us[-1] > NOTICED_US + airtime_us
    assert joined_us[-1] < NOTICED_US + SCAN_US + 2 * count * airtime_us
    took = [station.association_us for station in house.stations]
    # Alone it would be half a scan and its own frames; the herd makes each wait for others'.
    assert statistics.mean(took) > SCAN_US / 2 + airtime_us
    packet = house.send(1)
    house.env.run()
    assert packet.fate is Fate.DELIVERED


def test_a_station_without_power_is_no_station_until_it_has_joined_again() -> None:
    house = House(1)
    house.env.run()
    lost = house.send(1)
    house.stations[0].switch_off()
    house.env.run()
    assert lost.fate is Fate.LINK_DOWN
    assert house.send(1, up=False).fate is Fate.LINK_DOWN
    house.stations[0].switch_on()
    house.env.run()
    packet = house.send(1, up=False)
    house.env.run()
    assert packet.fate is Fate.DELIVERED


def test_queues_are_bounded() -> None:
    house = House(1)
    house.env.run()
    packets = [house.send(1) for _ in range(40)]
    house.env.run()
    assert [packet.fate for packet in packets] == [Fate.DELIVERED] * 32 + [Fate.QUEUE_FULL] * 8
