"""A whole community, wired up from its scenario: devices, bearers, edge hub, centre, residents."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from simpy import Environment

from linli_firmware.apps.door import Door
from linli_firmware.apps.meter import Meter
from linli_firmware.apps.panic import Panic
from linli_firmware.store import MemoryStore
from linli_hub.core import Hub
from linli_protocol import access_list, codes, keys, messages, words

from . import placement, power_cuts, site_tables
from .centre import Centre
from .clockwork import US_PER_MS, US_PER_S, now_us
from .edge import Cluster, EdgeNode, ServiceQueue
from .energy.simulated import budget_of_device, energy_of_update_j
from .faults import Faults
from .identity import identity
from .infrastructure import (
    BleNetwork,
    Connection,
    IpNetwork,
    LoraCohort,
    LoraNetwork,
    NbiotNetwork,
    Network,
    Rs485Network,
    WifiNetwork,
)
from .made_up_vendor import VENDOR_KEY
from .packet import Direction, Fate, Packet
from .recorder import Recorder, Stage
from .residents import Residents, holders_per_door
from .rollout import Rollout
from .roster import Member, roster
from .scenario import Scenario, is_cohort
from .streams import stream
from .tracker import Tracker
from .twins import DoorTwin, MeterTwin, PanicTwin, Twin, Way
from .twins.door import CARD_BITS

_APPS = {codes.DOOR: Door, codes.METER: Meter, codes.PANIC: Panic}
_TWINS: dict[int, type[Twin]] = {
    codes.DOOR: DoorTwin,
    codes.METER: MeterTwin,
    codes.PANIC: PanicTwin,
}

# After a power cut everybody joins: that takes some of the cell for a while.
NBIOT_JOIN_SPREAD_MS = 60_000
WIRED_JOIN_SPREAD_MS = 10_000

# Fates of packets that never were on the air or the wire.
_NEVER_SENT = frozenset((Fate.QUEUE_FULL, Fate.LINK_DOWN, Fate.RECEIVER_ASLEEP))

_FOR_UPDATES = frozenset((messages.UPDATE, messages.UPDATE_STATUS))

_UNIX_EPOCH = datetime(1970, 1, 1)


def _facility(member: Member) -> int:
    """Return the facility code of a door's own cards."""
    return member.index & 0x7FFF


class Community:
    """All of a scenario on one virtual clock, `env`; nothing moves before `start`."""

    def __init__(
        self, scenario: Scenario, seed: int, start: datetime, residents: Residents
    ) -> None:
        self.env = Environment()
        self.recorder = Recorder()
        self.tracker = Tracker(self._settled)
        self.twins: dict[int, Twin] = {}
        self._scenario = scenario
        self._seed = seed
        # A test key: every run can be decoded by whoever has the scenario.
        self.community_key = stream(seed, "community key").randbytes(16)
        self._everyone = roster(scenario)
        # By identity: comparing a million times what groups hold takes seconds.
        of_cohort = {id(group) for group in scenario.devices if is_cohort(scenario, group)}
        self._members = [each for each in self._everyone if id(each.group) not in of_cohort]
        self._doors = sum(member.kind == codes.DOOR for member in self._members)
        self._queue = self._make_queue()
        lag_us = round(scenario.edge.replication_lag_ms * US_PER_MS)
        self._edge = EdgeNode(self.env, self.tracker, self._queue, lag_us)
        self.cluster = Cluster(self.env, seed, scenario.edge, self._stop_edge, self._edge.resume)
        self._edge.hub = self.hub = self._make_hub(start)
        self._centre = Centre(self.env, self._edge, seed, scenario.hub)
        self._positions = placement.devices(scenario, self._everyone)
        self._networks = self._make_networks()
        for bearer, network in self._networks.items():
            self._edge.routes[bearer] = network.put
        self._connections: dict[tuple[int, str], Connection] = {}
        self._cohort = self._make_cohort(start)
        for member in self._members:
            self._add(member)
        residents.move_in(self.env, self._members, self.twins)
        power_cuts.plan(self.env, scenario.power_cuts, seed, self._members, self.twins)
        self.faults = Faults(
            self.env,
            self.tracker,
            scenario,
            seed,
            self._networks,
            self._connections,
            self.twins,
            self.cluster,
        )
        self._rollout = Rollout(
            self.env, self._edge, self.recorder, scenario.updates, self._members
        )

    def start(self) -> None:
        """Switch everything on."""
        for twin in self.twins.values():
            twin.start()
        if self._cohort is not None:
            self._cohort.start()

    def finish(self) -> None:
        """Close the accounts at the end of a run."""
        self.tracker.finish()
        if self._cohort is not None:
            self._cohort.finish(self.recorder, self.tracker)
        self._rollout.finish()
        self._count_refusals()
        for one in self.cluster.interruptions:
            self.recorder.interruptions.append(
                (one.start_us, one.end_us, one.cause.value, one.node, one.unreplicated)
            )
        self.recorder.hub_use = self._queue.by_hour
        self.recorder.places = site_tables.places(self._everyone, self._positions, self._networks)
        self.recorder.links = site_tables.links(self._scenario.lora, self._networks, self._cohort)
        lora = self._networks.get("lora")
        radios = lora.radios if isinstance(lora, LoraNetwork) else {}
        nbiot = self._networks.get("nbiot")
        modems = nbiot.modems if isinstance(nbiot, NbiotNetwork) else {}
        ble = self._networks.get("ble")
        peripherals = ble.peripherals if isinstance(ble, BleNetwork) else {}
        span_s = now_us(self.env) / US_PER_S
        for member in self._members:
            twin = self.twins[member.id]
            budget = budget_of_device(
                member,
                twin.app,
                radios.get(member.id),
                modems.get(member.id),
                peripherals.get(member.id),
                span_s,
            )
            update = self.recorder.updates.get(member.id)
            if update is not None:
                air = self.recorder.update_air
                up = air.get((member.id, "lora", False), (0, 0, 0))
                down = air.get((member.id, "lora", True), (0, 0, 0))
                update.energy_j = energy_of_update_j(
                    member, radios.get(member.id), up[0], up[2], down[2]
                )
            self.recorder.totals(
                member.id,
                *twin.counts,
                budget.energy_j if budget else 0.0,
                budget.life_years if budget else None,
            )

    def _count_refusals(self) -> None:
        refusals = self.recorder.hub_refusals
        refusals["unknown device, or another bearer"] = self.hub.unknown_devices
        for peer in self.hub.peers.values():
            for reason, packets in enumerate(peer.association.refused.counts):
                refusals[words.REFUSALS[reason]] += packets

    @property
    def events(self) -> int:
        """How many events the simulator has scheduled: SimPy numbers them."""
        return next(self.env._eid)

    def _make_queue(self) -> ServiceQueue:
        settings = self._scenario.hub
        mean_us = round(settings.processing_ms * US_PER_MS)
        random = stream(self._seed, "hub", "processing")

        def exponential_us() -> int:
            return round(random.expovariate(1 / mean_us)) if mean_us else 0

        service_us = exponential_us if settings.processing == "exponential" else lambda: mean_us
        return ServiceQueue(
            self.env, self.tracker, service_us, settings.servers, settings.queue_packets
        )

    def _stop_edge(self) -> None:
        self.cluster.interruptions[-1].unreplicated = self._edge.stop()

    def _make_hub(self, start: datetime) -> Hub:
        start_s = round((start - _UNIX_EPOCH) / timedelta(seconds=1))
        offset_min = self._scenario.utc_offset_min
        unix_s = start_s - offset_min * 60

        def time(now: int) -> tuple[int, int]:
            return unix_s + now // 1000, offset_min

        random = stream(self._seed, "hub").randbytes
        return Hub(self.community_key, MemoryStore(), random, time, self._heard)

    def _make_networks(self) -> dict[str, Network]:
        env, tracker, scenario = self.env, self.tracker, self._scenario
        used = {bearer for member in self._everyone for bearer in member.group.bearers}
        networks: dict[str, Network] = {}
        positions = self._positions
        if "nbiot" in used:
            networks["nbiot"] = NbiotNetwork(
                env, tracker, scenario, positions, self._seed, self._edge.put
            )
        if "lora" in used:
            networks["lora"] = LoraNetwork(
                env, tracker, scenario, positions, self._seed, self._edge.put
            )
        if "ble" in used:
            networks["ble"] = BleNetwork(
                env, tracker, scenario, positions, self._seed, self._edge.put
            )
        if "rs485" in used:
            wired = [member for member in self._members if "rs485" in member.group.bearers]
            networks["rs485"] = Rs485Network(
                env, tracker, scenario.rs485, wired, self._seed, self._edge.put
            )
        if "wifi" in used and scenario.wifi.shared:
            near = [member for member in self._members if "wifi" in member.group.bearers]
            buildings = placement.building_of(scenario, self._members)
            networks["wifi"] = WifiNetwork(
                env, tracker, scenario, near, buildings, self._seed, self._edge.put
            )
        for name, path in (("ethernet", scenario.ethernet), ("wifi", scenario.wifi)):
            if name in used and name not in networks:
                networks[name] = IpNetwork(env, tracker, name, path, self._seed, self._edge.put)
        return networks

    def _make_cohort(self, start: datetime) -> LoraCohort | None:
        twins = {member.id for member in self._members}
        members = [member for member in self._everyone if member.id not in twins]
        if not members:
            return None
        lora = self._networks["lora"]
        assert isinstance(lora, LoraNetwork), "a cohort has no other bearer"
        return LoraCohort(
            self.env,
            self._scenario,
            members,
            self._positions,
            self._seed,
            start,
            self._scenario.lora.join_spread_s,
            lora,
            self.cluster.interruptions,
        )

    def _add(self, member: Member) -> None:
        connections = [self._networks[name].connect(member) for name in member.group.bearers]
        for name, connection in zip(member.group.bearers, connections, strict=True):
            self._connections[member.id, name] = connection
        peer = self.hub.enrol(member.id, [connection.hub_end for connection in connections])
        if member.kind == codes.DOOR:
            peer.access_list.publish(self._access_changes(member))
        twin = self._make_twin(member, connections)
        for number, connection in enumerate(connections):
            connection.deliver_to(twin.sink(number))
        self.twins[member.id] = twin

    def _join_spread_ms(self, bearer: str) -> int:
        if bearer == "lora":
            return round(1000 * self._scenario.lora.join_spread_s)
        return NBIOT_JOIN_SPREAD_MS if bearer == "nbiot" else WIRED_JOIN_SPREAD_MS

    def _make_twin(self, member: Member, connections: Iterable[Connection]) -> Twin:
        settings: dict[str, Any] = {"device": member.id, **member.group.app}
        spreads = [self._join_spread_ms(name) for name in member.group.bearers]
        config = {"association": {"join_spread_ms": max(spreads)}}
        keywords: dict[str, Any] = {}
        if member.kind == codes.DOOR:
            keywords["facility"] = _facility(member)
            keywords["habits"] = stream(self._seed, member.id, "habits")
        make_app = _APPS[member.kind]
        return _TWINS[member.kind](
            self.env,
            self.recorder,
            self.tracker,
            member.id,
            member.kind,
            keys.root_key(self.community_key, member.id),
            lambda store, clock: make_app(settings, store, clock),
            [
                Way(name, connection.new_device_end, connection.put, connection.switch_off)
                for name, connection in zip(member.group.bearers, connections, strict=True)
            ],
            stream(self._seed, member.id, "nonces").randbytes,
            config,
            VENDOR_KEY,
            **keywords,
        )

    def _access_changes(self, member: Member) -> list[tuple[int, access_list.Credential | bytes]]:
        return [
            (
                access_list.ADD,
                access_list.Credential(
                    access_list.card_token(CARD_BITS, _facility(member), number + 1), number + 1
                ),
            )
            for number in range(holders_per_door(self._scenario, self._doors))
        ]

    def _heard(self, device: int, kind: int, fields: dict[str, Any], now: int) -> None:
        now = now_us(self.env)
        known_by = identity(kind, fields)
        if known_by is not None:
            self.recorder.delivered(device, kind, known_by, now)
        if kind == messages.EVENT:
            self.recorder.event(device, fields["code"], now)
        elif kind == messages.ALARM:
            self.recorder.alarm(device, fields["incident"], Stage.AT_HUB, now)
            self._centre.take(device, fields["incident"])

    def _settled(self, packet: Packet) -> None:
        for attacker in self.faults.attackers:
            attacker.hear(packet)
        if packet.fate in _NEVER_SENT and not packet.airtime_us:
            return
        is_down = packet.direction is Direction.DOWN
        device = packet.destination if is_down else packet.source
        if self.recorder.updates and (
            packet.kind in _FOR_UPDATES
            or (packet.kind == messages.ACKNOWLEDGEMENT and self.recorder.is_transferring(device))
        ):
            self.recorder.transmitted_for_update(
                device, packet.bearer, is_down, len(packet.payload), packet.airtime_us
            )
        self.recorder.transmitted(
            packet.bearer,
            packet.channel,
            is_down,
            len(packet.payload),
            packet.airtime_us,
            packet.sent_us,
            device,
        )
