"""Broken devices on a bus: the master's patience in the cycle, and what others notice."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from simpy import Environment

from faulty_community import TINY, Observed, fault
from linli_hostsim.clockwork import at, now_us
from linli_hostsim.packet import Direction, Fate, Packet
from linli_hostsim.rs485 import Bus, characters_us, silence_us
from linli_hostsim.tracker import Tracker

BAUD = 115_200
TIMEOUT_US, RETRIES = 200_000, 2
IDLE_US = characters_us(6, BAUD) + 5_000 + characters_us(1, BAUD) + 2 * silence_us(BAUD) + 5_000
DEAD_US = (1 + RETRIES) * (characters_us(6, BAUD) + TIMEOUT_US)

Sending = tuple[int, int, int]  # time, device, payload bytes
Switch = tuple[int, int]  # time, device


class Line:
    """A bus of which uplinks' arrivals are written down."""

    def __init__(self, devices: int) -> None:
        self.env = Environment()
        self.tracker = Tracker()
        self.arrivals: list[tuple[int, int]] = []
        self.packets: list[Packet] = []
        self.bus = Bus(self.env, self.tracker, random.Random(1), range(devices), BAUD, 0.0)
        self.bus.out = self.consume
        for port in self.bus.ports.values():
            port.out = self.consume

    def consume(self, packet: Packet) -> None:
        self.arrivals.append((now_us(self.env), packet.source))
        self.tracker.settle(packet, Fate.DELIVERED)

    def send(self, device: int, payload_bytes: int, down: bool = False) -> None:
        ends = (99, device, Direction.DOWN) if down else (device, 99, Direction.UP)
        packet = Packet(ends[0], ends[1], bytes(payload_bytes), 3, 0, "rs485", ends[2], 0)
        self.tracker.create(packet)
        self.packets.append(packet)
        (self.bus if down else self.bus.ports[device]).put(packet)


def test_a_dead_device_costs_its_patience_in_every_cycle() -> None:
    line = Line(32)
    assert line.bus.idle_cycle_us == 32 * IDLE_US
    line.bus.set_dead(7, True)
    assert line.bus.idle_cycle_us == 31 * IDLE_US + DEAD_US
    # 200 ms and two retries: 0.6 s more a cycle, more than all others together take.
    assert DEAD_US > 600_000 > 31 * IDLE_US
    line.bus.set_dead(7, False)
    assert line.bus.idle_cycle_us == 32 * IDLE_US


def every_poll(
    sendings: list[Sending], switches: list[Switch], devices: int
) -> list[tuple[int, int]]:
    """Return the arrivals when each poll is stepped through; a switch: it dies, or returns."""
    waiting, dead, arrivals = sorted(sendings), set(), []
    pending = sorted(switches)
    time_us = device = 0
    queues: dict[int, list[Sending]] = {each: [] for each in range(devices)}
    while waiting or pending or any(queues.values()):
        # Until this poll begins, in the order of time; a switch comes before what is sent then.
        while pending or waiting:
            switch_us = pending[0][0] if pending else 1 << 60
            sending_us = waiting[0][0] if waiting else 1 << 60
            if min(switch_us, sending_us) > time_us:
                break
            if switch_us <= sending_us:
                _, which = pending.pop(0)
                dead ^= {which}
                if which in dead:
                    queues[which].clear()
            else:
                sending = waiting.pop(0)
                if sending[1] not in dead:
                    queues[sending[1]].append(sending)
        if device in dead:
            time_us += DEAD_US
        elif queues[device]:
            sending = queues[device].pop(0)
            answer_us = characters_us(sending[2] + 5, BAUD)
            time_us += IDLE_US - characters_us(1, BAUD) - 5_000 + answer_us
            arrivals.append((time_us, device))
            time_us += 5_000
        else:
            time_us += IDLE_US
        device = (device + 1) % devices
    return arrivals


@settings(max_examples=100, deadline=None)
@given(
    devices=st.integers(1, 5),
    sendings=st.lists(
        st.tuples(st.integers(1, 3_000_000), st.integers(0, 4), st.integers(1, 60)),
        max_size=8,
        unique_by=lambda sending: sending[0],
    ),
    switches=st.lists(
        st.tuples(st.integers(1, 3_000_000), st.integers(0, 4)),
        max_size=6,
        unique_by=lambda switch: switch[0],
    ),
)
def test_the_times_are_those_of_simulating_every_poll(
    devices: int, sendings: list[Sending], switches: list[Switch]
) -> None:
    times = {switch[0] for switch in switches}
    sendings = [(t, device % devices, size) for t, device, size in sendings if t not in times]
    switches = [(t, device % devices) for t, device in switches]
    line = Line(devices)
    dead: set[int] = set()

    def switch(device: int) -> None:
        dead.symmetric_difference_update({device})
        line.bus.set_dead(device, device in dead)

    for time_us, device in switches:
        at(line.env, time_us, switch, device)
    for time_us, device, payload_bytes in sendings:
        at(line.env, time_us, line.send, device, payload_bytes)
    line.env.run()
    assert line.arrivals == every_poll(sendings, switches, devices)


def test_what_a_dead_device_was_to_send_or_hear_is_lost() -> None:
    line = Line(2)
    line.send(1, 20)
    line.bus.set_dead(1, True)
    line.send(1, 20)
    line.send(1, 20, down=True)
    line.env.run()
    assert [packet.fate for packet in line.packets] == [Fate.LINK_DOWN] * 3
    # The downlink was on the wire with each attempt.
    assert line.packets[2].airtime_us == (1 + RETRIES) * characters_us(25, BAUD)
    line.bus.set_dead(1, False)
    line.send(1, 20)
    line.env.run()
    assert line.packets[3].fate is Fate.DELIVERED


def test_doors_beside_a_dead_one_are_heard_later_but_all_are_heard() -> None:
    broken = fault("bus_devices", at_h=0.5, minutes=30.0)
    observed = Observed(TINY + broken).live(2).finish()
    lived = observed.community
    dead_for = observed.fates("rs485", from_h=0.5, to_h=1.0)
    assert Fate.DELIVERED in dead_for
    assert Fate.LINK_DOWN in dead_for
    assert not {Fate.LINK_DOWN} & set(observed.fates("rs485", from_h=1.01))
    # The dead one's log arrives once it is replaced.
    assert not lived.recorder.abandoned
    assert len(lived.recorder.outstanding) <= 2


def test_beside_a_babbler_nothing_is_heard_until_it_is_found() -> None:
    broken = fault("bus_devices", at_h=0.5, minutes=30.0, mode="babbling")
    observed = Observed(TINY + broken).live(2).finish()
    assert set(observed.fates("rs485", from_h=0.5, to_h=1.0)) == {Fate.CORRUPTED}
    assert Fate.DELIVERED in observed.fates("rs485", from_h=1.0)
    assert not observed.community.recorder.abandoned
