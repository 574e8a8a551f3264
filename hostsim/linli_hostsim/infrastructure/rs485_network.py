"""RS-485: devices of neighbouring buildings share a bus that the edge node polls."""

from collections.abc import Sequence

from simpy import Environment

from linli_protocol.bearer import Bearer

from ..clockwork import US_PER_MS
from ..packet import Out, Packet
from ..roster import Member
from ..rs485 import Bus
from ..scenario import Rs485
from ..streams import stream
from ..tracker import Tracker
from .connection import Connection

MTU = 240
"""A poll and its answer stay within OSDP's 1440 bytes and a device's small buffers."""
ACK_TIMEOUT_MS = 1_000
"""Beside one cycle of the bus with all polls fully loaded; our own figure."""
NAME = "rs485"


class Rs485Network:
    """All buses; uplinks go `out`, downlinks enter by `put`."""

    def __init__(
        self,
        env: Environment,
        tracker: Tracker,
        settings: Rs485,
        members: Sequence[Member],
        seed: int,
        out: Out,
    ) -> None:
        self.bus_of: dict[int, Bus] = {}
        for first in range(0, len(members), settings.devices_per_bus):
            group = members[first : first + settings.devices_per_bus]
            bus = Bus(
                env,
                tracker,
                stream(seed, NAME, first),
                [member.id for member in group],
                settings.baud,
                settings.loss,
                round(settings.turnaround_ms * US_PER_MS),
                timeout_us=round(settings.timeout_ms * US_PER_MS),
                retries=settings.retries,
            )
            bus.out = out
            self.bus_of.update((member.id, bus) for member in group)

    def connect(self, member: Member) -> Connection:
        """Connect a device."""
        bus = self.bus_of[member.id]
        port = bus.ports[member.id]
        timeout_ms = ACK_TIMEOUT_MS + bus.loaded_cycle_us(MTU) // US_PER_MS

        def deliver_to(sink: Out) -> None:
            port.out = sink

        def new_end() -> Bearer:
            return Bearer(NAME, MTU, timeout_ms)

        return Connection(new_end, new_end(), port.put, deliver_to, port.switch_off)

    def put(self, packet: Packet) -> None:
        """Send a downlink to its destination's bus."""
        self.bus_of[packet.destination].put(packet)
