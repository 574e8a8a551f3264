"""BLE: gateways spread over the site, each device connected to the one it hears best."""

import math
from collections.abc import Mapping, Sequence

from simpy import Environment

from linli_firmware.bearers.ble import ACK_TIMEOUT_MS, MTU
from linli_protocol.bearer import Bearer

from .. import placement
from ..ble.gateway import Gateway, Peripheral
from ..ble.link import Link, Rules
from ..clockwork import US_PER_H, US_PER_MS, US_PER_S, at
from ..energy.typical import HARDWARE
from ..lora.link_budget import Position
from ..lora.path_loss import LogDistance
from ..network import NetworkLink
from ..packet import Fate, Out, Packet
from ..roster import Member
from ..scenario import Scenario
from ..streams import stream
from ..tracker import Tracker
from .connection import Connection
from .ip_network import link

NAME = "ble"
REFERENCE_DB = 39.75
"""Loss at 1 m and 2.44 GHz: 20 log f - 28 dB (ITU-R P.1238, recalled)."""


class BleNetwork:
    """All gateways; uplinks go `out`, downlinks enter by `put`.

    A device belongs to the gateway of the least loss that has a connection left. Without one that
    hears it, its packets are BELOW_SENSITIVITY; where all that do are full, LINK_DOWN.
    """

    def __init__(
        self,
        env: Environment,
        tracker: Tracker,
        scenario: Scenario,
        positions: Mapping[int, Position],
        seed: int,
        out: Out,
    ) -> None:
        self._settings = settings = scenario.ble
        self.peripherals: dict[int, Peripheral] = {}
        self.gateways: list[Gateway] = []
        self._env = env
        self._tracker = tracker
        self._seed = seed
        self._positions = positions
        self._path = LogDistance(settings.loss_exponent, 1.0, REFERENCE_DB, settings.shadowing_db)
        self._places = placement.grid(
            settings.gateways, scenario.site.width_m, scenario.site.height_m
        )
        self._free = [settings.connections_per_gateway] * settings.gateways
        self._wires: list[tuple[NetworkLink, NetworkLink]] = []
        self._down: dict[int, Out] = {}
        for number in range(settings.gateways):
            random = stream(seed, NAME, number)
            gateway = Gateway(
                env,
                round(settings.scan_window_ms * US_PER_MS),
                round(settings.scan_interval_ms * US_PER_MS),
            )
            self.gateways.append(gateway)
            for hour in settings.restarts_h:
                off_us = round(settings.restart_s * US_PER_S)
                at(env, round(hour * US_PER_H), gateway.restart, off_us)
            up = link(env, tracker, random, scenario.ethernet, out)
            down = link(env, tracker, random, scenario.ethernet, self._arrive)
            self._wires.append((up, down))

    def connect(self, member: Member) -> Connection:
        """Give a device to a gateway; it advertises from each start until it is connected."""
        random = stream(self._seed, member.id, NAME)
        reach = self._reach(
            [
                self._path.loss_db(math.dist(self._positions[member.id], place), random)
                for place in self._places
            ]
        )
        free = [number for number in reach if self._free[number]]
        if not free:
            return self._in_vain(member, Fate.LINK_DOWN if reach else Fate.BELOW_SENSITIVITY)
        self._free[free[0]] -= 1
        gateway = self.gateways[free[0]]
        up, down = self._wires[free[0]]
        connection = Link(self._env, self._tracker, random, self._rules(member))
        connection.up = up.put
        self._down[member.id] = down.put
        peripheral = self.peripherals[member.id] = Peripheral(
            gateway, connection, random, self._settings.advertise_ms
        )
        gateway.add(peripheral)

        def deliver_to(sink: Out) -> None:
            connection.out = sink

        def new_device_end() -> Bearer:
            peripheral.switch_on()
            return self._bearer()

        return Connection(
            new_device_end, self._bearer(), peripheral.put, deliver_to, peripheral.switch_off
        )

    def put(self, packet: Packet) -> None:
        """Send a downlink to its destination's gateway."""
        self._down[packet.destination](packet)

    def _arrive(self, packet: Packet) -> None:
        self.peripherals[packet.destination].link.put(packet)

    def _bearer(self) -> Bearer:
        return Bearer(NAME, MTU, ACK_TIMEOUT_MS)

    def _reach(self, losses_db: Sequence[float]) -> list[int]:
        """Return the numbers of the gateways that hear a device, best first."""
        settings = self._settings
        greatest_db = settings.power_dbm - settings.sensitivity_dbm - settings.margin_db
        heard = [number for number, loss_db in enumerate(losses_db) if loss_db <= greatest_db]
        return sorted(heard, key=losses_db.__getitem__)

    def _rules(self, member: Member) -> Rules:
        settings = self._settings
        return Rules(
            round(settings.connection_interval_ms * US_PER_MS),
            settings.latency if member.kind in HARDWARE else 0,
            round(settings.event_ms * US_PER_MS),
            settings.att_mtu,
            settings.link_bytes,
            settings.loss,
            round(settings.supervision_s * US_PER_S),
        )

    def _in_vain(self, member: Member, fate: Fate) -> Connection:
        def lose(packet: Packet) -> None:
            self._tracker.settle(packet, fate)

        self._down[member.id] = lose
        return Connection(self._bearer, self._bearer(), lose, lambda sink: None, lambda: None)
