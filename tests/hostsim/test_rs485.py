"""The polled bus against a simulation of every single poll, and against the textbook cycle."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from simpy import Environment

from linli_hostsim.clockwork import at, now_us
from linli_hostsim.packet import Direction, Fate, Packet
from linli_hostsim.rs485 import Bus, characters_us, silence_us
from linli_hostsim.tracker import Tracker

Sending = tuple[int, bool, int, int]  # time, upwards?, device, payload bytes


class Line:
    """A bus whose arrivals are written down."""

    def __init__(self, devices: int, baud: int = 115_200, loss: float = 0.0) -> None:
        self.env = Environment()
        self.tracker = Tracker()
        self.arrivals: list[tuple[int, int, Direction]] = []
        self.bus = Bus(self.env, self.tracker, random.Random(1), range(1, devices + 1), baud, loss)
        self.bus.out = self.consume
        for port in self.bus.ports.values():
            port.out = self.consume

    def consume(self, packet: Packet) -> None:
        device = packet.source or packet.destination
        self.arrivals.append((now_us(self.env), device, packet.direction))
        self.tracker.settle(packet, Fate.DELIVERED)

    def send(self, up: bool, device: int, payload_bytes: int) -> Packet:
        source, destination = (device, 0) if up else (0, device)
        direction = Direction.UP if up else Direction.DOWN
        packet = Packet(source, destination, bytes(payload_bytes), 3, 0, "rs485", direction, 0)
        self.tracker.create(packet)
        (self.bus.ports[device] if up else self.bus).put(packet)
        return packet


def every_poll(
    sendings: list[Sending], devices: int, baud: int
) -> list[tuple[int, int, Direction]]:
    """Return the arrivals when each poll is stepped through, loaded or not."""
    waiting = sorted(sendings, key=lambda sending: sending[0])
    arrivals = []
    time_us, device = 0, 1
    while waiting:
        carried: dict[bool, Sending] = {}
        for sending in waiting:
            if sending[0] <= time_us and sending[2] == device:
                carried.setdefault(sending[1], sending)
        down = carried[False][3] if False in carried else 0
        up = carried[True][3] + 5 if True in carried else 1
        time_us += characters_us(6 + down, baud) + silence_us(baud)
        if False in carried:
            arrivals.append((time_us, device, Direction.DOWN))
        time_us += 5_000 + characters_us(up, baud) + silence_us(baud)
        if True in carried:
            arrivals.append((time_us, device, Direction.UP))
        for sending in carried.values():
            waiting.remove(sending)
        time_us += 5_000
        device = device % devices + 1
    return arrivals


@settings(max_examples=60, deadline=None)
@given(
    devices=st.integers(1, 6),
    baud=st.sampled_from([9_600, 19_200, 115_200]),
    sendings=st.lists(
        st.tuples(st.integers(0, 3_000_000), st.booleans(), st.integers(1, 6), st.integers(1, 60)),
        max_size=25,
        unique_by=lambda sending: sending[0],
    ),
)
def test_the_times_are_those_of_simulating_every_poll(
    devices: int, baud: int, sendings: list[Sending]
) -> None:
    line = Line(devices, baud)
    # Ample queues: how they overflow is another test.
    taken: list[Sending] = []
    for time_us, up, device, payload_bytes in sendings:
        device = (device - 1) % devices + 1
        if sum(one[1:3] == (up, device) for one in taken) < 8:
            taken.append((time_us, up, device, payload_bytes))
            at(line.env, time_us, line.send, up, device, payload_bytes)
    line.env.run()
    assert line.arrivals == every_poll(taken, devices, baud)


def test_the_cycle_is_the_sum_of_its_parts() -> None:
    # Per poll at 115 200 baud: 6 characters, t3.5, turnaround, 1 character, t3.5, release.
    assert characters_us(6, 115_200) == 573
    assert characters_us(1, 115_200) == 96
    assert silence_us(115_200) == 1_750
    assert silence_us(9_600) == 4_011
    assert Line(32).bus.idle_cycle_us == 32 * (573 + 1_750 + 5_000 + 96 + 1_750 + 5_000)


def test_an_alarm_waits_at_most_one_cycle_and_half_of_it_on_average() -> None:
    waits = []
    source = random.Random(3)
    for _ in range(400):
        line = Line(32)
        cycle_us = line.bus.idle_cycle_us
        pressed_us = source.randrange(10 * cycle_us)
        at(line.env, pressed_us, line.send, True, source.randrange(32) + 1, 20)
        line.env.run()
        waits.append((line.arrivals[0][0] - pressed_us) / cycle_us)
    transaction = 11_461 / (32 * 14_169)
    assert max(waits) < 1 + transaction
    assert abs(sum(waits) / len(waits) - 0.5 - transaction) < 0.05


def test_noise_corrupts_and_overflow_is_named() -> None:
    noisy = Line(2, loss=1.0)
    packet = noisy.send(True, 1, 20)
    noisy.env.run()
    assert packet.fate is Fate.CORRUPTED
    crowded = Line(2)
    packets = [crowded.send(False, 1, 20) for _ in range(9)]
    assert packets[8].fate is Fate.QUEUE_FULL


def test_an_idle_bus_costs_no_events() -> None:
    line = Line(200)
    at(line.env, 86_400_000_000, line.send, True, 17, 20)
    assert line.env.peek() == 86_400_000_000
    line.env.run()
    assert len(line.arrivals) == 1


def test_a_loaded_cycle_is_what_polls_with_packets_both_ways_take() -> None:
    # 115 200 Bd, 8E1: 1 + 2 x (100 + 5) characters of 95.5 us, 2 x 1.75 ms of silence, 5 + 5 ms.
    assert Line(4).bus.loaded_cycle_us(100) == 4 * (20_148 + 3_500 + 5_000 + 5_000)
