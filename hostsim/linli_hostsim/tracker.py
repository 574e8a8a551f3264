"""The account of packets: each is created once and settled once, with one named fate."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from .packet import Direction, Fate, Packet


@dataclass(slots=True)
class Tally:
    """Packets, their payload bytes and their time on the air, summed."""

    packets: int = 0
    payload_bytes: int = 0
    airtime_us: int = 0

    def add(self, packet: Packet) -> None:
        """Count `packet`."""
        self.packets += 1
        self.payload_bytes += len(packet.payload)
        self.airtime_us += packet.airtime_us

    def merge(self, other: "Tally") -> None:
        """Add what `other` has counted."""
        self.packets += other.packets
        self.payload_bytes += other.payload_bytes
        self.airtime_us += other.airtime_us


class Tracker:
    """Counts packets by bearer, direction and fate.

    The source of a packet calls `create`, the element that loses it or the sink that consumes it
    calls `settle`. `settled` maps (bearer, direction, fate) to a Tally; `on_settled` is told of
    each packet as its account is closed.
    """

    def __init__(self, on_settled: Callable[[Packet], None] = lambda packet: None) -> None:
        self._on_settled = on_settled
        self.settled: defaultdict[tuple[str, Direction, Fate], Tally] = defaultdict(Tally)
        self.created = 0
        self._in_flight: set[Packet] = set()

    def create(self, packet: Packet) -> None:
        """Enter a new packet; ValueError when it is known."""
        if packet.fate is not None or packet in self._in_flight:
            raise ValueError(f"packet created twice: {packet}")
        self.created += 1
        self._in_flight.add(packet)

    def settle(self, packet: Packet, fate: Fate) -> None:
        """Close the packet's account; ValueError when it was never created or is settled."""
        if packet not in self._in_flight:
            raise ValueError(f"packet settled twice or never created: {packet}, now {fate.name}")
        self._in_flight.remove(packet)
        packet.fate = fate
        self.settled[packet.bearer, packet.direction, fate].add(packet)
        self._on_settled(packet)

    def finish(self) -> None:
        """Settle what is still under way at the end of a run as IN_FLIGHT."""
        for packet in list(self._in_flight):
            self.settle(packet, Fate.IN_FLIGHT)
