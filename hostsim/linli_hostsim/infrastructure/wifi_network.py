"""Wi-Fi on shared channels: access points of neighbouring buildings, each wired to the hub."""

from collections.abc import Mapping, Sequence

from simpy import Environment

from linli_protocol.bearer import Bearer

from ..clockwork import US_PER_H, US_PER_MS, US_PER_S, at
from ..energy.typical import HARDWARE
from ..network import NetworkLink
from ..packet import Out, Packet
from ..roster import Member
from ..scenario import Scenario
from ..streams import stream
from ..tracker import Tracker
from ..wifi.access_point import BEACON_US, AccessPoint, Station
from ..wifi.channel import Channel
from .connection import Connection
from .ip_network import ACK_TIMEOUT_MS, MTU, link

NAME = "wifi"


class WifiNetwork:
    """All access points; uplinks go `out`, downlinks enter by `put`.

    `buildings` has each member's; `members` share an access point with their neighbours.
    """

    def __init__(
        self,
        env: Environment,
        tracker: Tracker,
        scenario: Scenario,
        members: Sequence[Member],
        buildings: Mapping[int, int],
        seed: int,
        out: Out,
    ) -> None:
        settings = scenario.wifi
        self.access_points: list[AccessPoint] = []
        self.stations: dict[int, Station] = {}
        self._wire_to: dict[int, NetworkLink] = {}
        neighbours = sorted(members, key=lambda member: (buildings[member.id], member.id))
        for first in range(0, len(neighbours), settings.devices_per_ap):
            random = stream(seed, NAME, first)
            channel = Channel(
                env, random, settings.frame_loss, settings.attempts, settings.others_load
            )
            rate_mbps = settings.bits_per_s // 1_000_000
            access_point = AccessPoint(env, tracker, channel, rate_mbps)
            access_point.out = link(env, tracker, random, scenario.ethernet, out).put
            wire = link(env, tracker, random, scenario.ethernet, access_point.put)
            self.access_points.append(access_point)
            for member in neighbours[first : first + settings.devices_per_ap]:
                every = settings.listens_every if member.kind in HARDWARE else 0
                station = access_point.add(member.id, stream(seed, member.id, NAME), every)
                self.stations[member.id] = station
                self._wire_to[member.id] = wire
            for hour in settings.restarts_h:
                off_us = round(settings.restart_s * US_PER_S)
                at(env, round(hour * US_PER_H), access_point.restart, off_us)
        self._timeout_ms = ACK_TIMEOUT_MS + settings.listens_every * BEACON_US // US_PER_MS

    def connect(self, member: Member) -> Connection:
        """Connect a device, whose station begins to look for its access point at each start."""
        station = self.stations[member.id]

        def deliver_to(sink: Out) -> None:
            station.out = sink

        def new_device_end() -> Bearer:
            station.switch_on()
            return Bearer(NAME, MTU, self._timeout_ms)

        hub_end = Bearer(NAME, MTU, self._timeout_ms)
        return Connection(new_device_end, hub_end, station.put, deliver_to, station.switch_off)

    def put(self, packet: Packet) -> None:
        """Send a downlink to its destination's access point."""
        self._wire_to[packet.destination].put(packet)
