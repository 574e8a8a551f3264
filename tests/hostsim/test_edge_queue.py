"""The edge's service queue: textbook waits, alarms first, a bound, and what a failure takes."""

import random

import pytest
from simpy import Environment

from faulty_community import TINY, Observed, table
from linli_hostsim.clockwork import US_PER_S, at, now_us
from linli_hostsim.edge import ServiceQueue
from linli_hostsim.packet import HUB, Direction, Fate, Packet
from linli_hostsim.tracker import Tracker
from linli_hostsim.validation.closed_forms import erlang_c, mmc_mean_wait
from linli_protocol import codes, messages


class Service:
    """A queue, what comes out of it and when."""

    def __init__(self, service_us=lambda: US_PER_S, servers=1, limit=1_000_000) -> None:
        self.env = Environment()
        self.tracker = Tracker()
        self.served: list[tuple[int, Packet]] = []
        self.queue = ServiceQueue(self.env, self.tracker, service_us, servers, limit)
        self.queue.out = self.serve

    def serve(self, packet: Packet) -> None:
        self.tracker.settle(packet, Fate.DELIVERED)
        self.served.append((now_us(self.env), packet))

    def send(self, kind: int = messages.READING) -> Packet:
        packet = Packet(1, HUB, b"", 3, kind, "", Direction.UP, now_us(self.env))
        self.tracker.create(packet)
        self.queue.put(packet)
        return packet


@pytest.mark.parametrize("servers", [1, 4])
def test_waits_are_those_of_the_textbook(servers: int) -> None:
    utilisation, source = 0.7, random.Random(5)
    waits: list[float] = []
    drawn: list[int] = []

    def service_us() -> int:
        drawn.append(round(source.expovariate(1 / US_PER_S)))
        waits.append((now_us(service.env) - began[len(waits)]) / US_PER_S)
        return drawn[-1]

    began: list[int] = []
    service = Service(service_us, servers)

    def come() -> None:
        began.append(now_us(service.env))
        service.send()
        at(service.env, round(source.expovariate(servers * utilisation) * US_PER_S), come)

    come()
    while len(waits) < 100_000:
        service.env.step()
    # Neighbouring waits are alike: the bounds are those of a few thousand independent ones.
    assert sum(wait > 0 for wait in waits) / len(waits) == pytest.approx(
        erlang_c(servers, servers * utilisation), rel=0.05
    )
    assert sum(waits) / len(waits) == pytest.approx(mmc_mean_wait(servers, utilisation), rel=0.1)


def test_under_overload_waits_grow_with_every_packet() -> None:
    service = Service()
    for second in range(100):
        at(service.env, second * US_PER_S // 2, service.send)
    service.env.run()
    waits = [time_us - packet.sent_us - US_PER_S for time_us, packet in service.served]
    assert waits == [number * US_PER_S // 2 for number in range(100)]


def test_an_alarm_overtakes_what_waits_but_not_what_is_served() -> None:
    service = Service()
    first, second, third = service.send(), service.send(), service.send()
    alarm, other_alarm = service.send(messages.ALARM), service.send(messages.ALARM)
    service.env.run()
    assert [packet for _, packet in service.served] == [first, alarm, other_alarm, second, third]


def test_the_latest_that_is_no_alarm_finds_no_room() -> None:
    service = Service(limit=2)
    in_service, second, third = (service.send() for _ in range(3))
    refused = service.send()
    assert refused.fate is Fate.QUEUE_FULL
    alarm, other_alarm, last_alarm = (service.send(messages.ALARM) for _ in range(3))
    assert (third.fate, second.fate, last_alarm.fate) == (Fate.QUEUE_FULL,) * 3
    service.env.run()
    assert [packet for _, packet in service.served] == [in_service, alarm, other_alarm]


def test_a_command_reaches_its_door_however_many_reports_wait() -> None:
    observed = Observed(TINY + table("hub", processing_ms=1.0)).live(0.1)
    community = observed.community
    door = next(
        twin.device
        for twin in community.twins.values()
        if "ethernet" in twin.core.link.bearers[0].name
    )
    for _ in range(9_000):
        report = Packet(
            1, HUB, b"", 3, messages.READING, "lora", Direction.UP, now_us(community.env)
        )
        community.tracker.create(report)
        community._edge.put(report)
    begun_us = now_us(community.env)
    community.hub.command(door, codes.RELEASE_DOOR, community._edge.now, lifetime_s=60)
    community._edge.act()
    observed.live(0.11)
    ended = {packet.kind: time_us - begun_us for time_us, packet in reversed(observed.ended)}
    assert ended[messages.COMMAND] < US_PER_S
    assert ended[messages.RESULT] > 9 * US_PER_S


def test_a_failure_takes_what_waits_and_what_is_served() -> None:
    service = Service(servers=2)
    packets = [service.send() for _ in range(5)]
    at(service.env, US_PER_S // 2, service.queue.fail)
    at(service.env, US_PER_S * 3 // 4, service.send)
    service.env.run()
    assert {packet.fate for packet in packets} == {Fate.SERVICE_DOWN}
    # Afterwards both servers are free at once.
    assert [time_us for time_us, _ in service.served] == [US_PER_S * 7 // 4]
    assert service.tracker.created == 6
