"""IP links: delay, order, loss, overflow and outage."""

import random

from simpy import Environment

from linli_hostsim.clockwork import at, now_us
from linli_hostsim.network import NetworkLink
from linli_hostsim.packet import Direction, Fate, Packet
from linli_hostsim.tracker import Tracker


class Path:
    """A link of 1 Mbit/s and 5 ms whose arrivals are written down; packets of 125 bytes, 1 ms."""

    def __init__(
        self, jitter_us: list[int] | None = None, loss: float = 0.0, after: "Path | None" = None
    ) -> None:
        self.env = after.env if after else Environment()
        self.tracker = after.tracker if after else Tracker()
        self.arrivals: list[tuple[int, Packet]] = []
        jitter = iter(jitter_us or [])
        self.link = NetworkLink(
            self.env,
            self.tracker,
            random.Random(1),
            bits_per_s=1_000_000,
            base_us=5_000,
            jitter_us=lambda: next(jitter, 0),
            loss=loss,
            header_bytes=25,
            queue_packets=3,
        )
        self.link.out = self.consume

    def consume(self, packet: Packet) -> None:
        self.arrivals.append((now_us(self.env), packet))
        self.tracker.settle(packet, Fate.DELIVERED)

    def send(self) -> Packet:
        packet = Packet(1, 0, bytes(100), 3, 0, "ethernet", Direction.UP, now_us(self.env))
        self.tracker.create(packet)
        self.link.put(packet)
        return packet


def test_packets_queue_for_the_wire_and_overlap_on_the_way() -> None:
    path = Path()
    path.send()
    path.send()
    path.env.run()
    assert [time_us for time_us, _ in path.arrivals] == [6_000, 7_000]


def test_jitter_keeps_the_order() -> None:
    path = Path(jitter_us=[10_000, 0])
    packets = [path.send(), path.send()]
    path.env.run()
    assert path.arrivals == [(16_000, packets[0]), (16_000, packets[1])]


def test_a_full_queue_drops_and_empties_again() -> None:
    path = Path()
    packets = [path.send() for _ in range(4)]
    late: list[Packet] = []
    at(path.env, 1_000, lambda: late.append(path.send()))
    path.env.run()
    assert [packet.fate for packet in packets + late] == [
        *[Fate.DELIVERED] * 3,
        Fate.QUEUE_FULL,
        Fate.DELIVERED,
    ]


def test_loss_is_a_named_fate() -> None:
    path = Path(loss=1.0)
    packet = path.send()
    path.env.run()
    assert packet.fate is Fate.CORRUPTED


def test_a_packet_lost_on_the_second_hop_has_one_fate() -> None:
    first = Path()
    second = Path(loss=1.0, after=first)
    first.link.out = second.link.put
    packet = first.send()
    first.env.run()
    assert packet.fate is Fate.CORRUPTED
    assert first.tracker.created == 1


def test_an_outage_takes_what_is_under_way_and_what_is_sent_during_it() -> None:
    path = Path()
    under_way = path.send()
    path.env.run(until=3_000)
    path.link.up = False
    refused = path.send()
    path.env.run()
    path.link.up = True
    after = path.send()
    path.env.run()
    assert [packet.fate for packet in (under_way, refused, after)] == [
        Fate.LINK_DOWN,
        Fate.LINK_DOWN,
        Fate.DELIVERED,
    ]


def test_what_is_stored_during_an_outage_arrives_in_order_and_the_oldest_goes_first() -> None:
    path = Path()
    path.link = stored = NetworkLink(
        path.env, path.tracker, random.Random(1), 1_000_000, 5_000, lambda: 0, 0.0, 25, 3, 4
    )
    stored.out = path.consume
    stored.up = False
    packets = [path.send() for _ in range(6)]
    path.env.run(until=60_000_000)
    assert [packet.fate for packet in packets] == [Fate.QUEUE_FULL] * 2 + [None] * 4
    stored.up = True
    late = path.send()
    path.env.run()
    assert late.fate is Fate.QUEUE_FULL
    # More than the queue takes: what is stored has its own place.
    assert [(time_us - 60_000_000, packet) for time_us, packet in path.arrivals] == [
        (5_000 + 1_000 * number, packet) for number, packet in enumerate(packets[2:], 1)
    ]
