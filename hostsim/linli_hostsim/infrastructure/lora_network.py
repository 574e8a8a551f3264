"""LoRa: radios, gateways, and the backhaul between gateways and hub."""

import random
from dataclasses import dataclass

from simpy import Environment

from linli_protocol import codes
from linli_protocol.bearer import Bearer

from .. import placement
from ..clockwork import US_PER_MS, US_PER_S, now_us
from ..lora import link_budget
from ..lora.ack_timeout import ack_timeout_ms
from ..lora.adr import DeviceAdr, NetworkAdr
from ..lora.air import Air
from ..lora.downlink import Downlinks
from ..lora.gateway import Gateway
from ..lora.interference import BY_NAME as INTERFERENCES
from ..lora.lorawan import (
    MAX_PAYLOAD_BYTES,
    OVERHEAD_BYTES,
    RECEIVE_DELAY_US,
    SECOND_RECEIVE_DELAY_US,
    frame_us,
)
from ..lora.radio import Radio
from ..lora.sensitivity import BY_NAME as SENSITIVITIES
from ..network import NetworkLink
from ..packet import Out, Packet
from ..roster import Member
from ..scenario import Scenario
from ..streams import stream
from ..tracker import Tracker
from .connection import Connection
from .ip_network import link

NAME = "lora"
IN_FLIGHT = 2
"""Messages unacknowledged at a time: each costs seconds of air; our own figure."""
DUTY_BURST_MS = 12_000
"""A third of an hour's 1 %: four full frames at the slowest data rate; our own figure."""
CONTACT_MS = 900
"""A downlink must leave the hub within this of its uplink to make the window after 1 s."""

_LONGEST_FRAME_BYTES = MAX_PAYLOAD_BYTES + OVERHEAD_BYTES


@dataclass(slots=True)
class CutOff:
    """A time in which a gateway has no network behind it; `end_us` is None until it is over."""

    gateway: int
    start_us: int
    end_us: int | None = None


class LoraNetwork:
    """All radios and gateways, each with its place; uplinks go `out`, downlinks enter by `put`.

    `cut_offs` are the times in which gateways were not connected, but for those forgotten.
    """

    def __init__(
        self,
        env: Environment,
        tracker: Tracker,
        scenario: Scenario,
        positions: dict[int, link_budget.Position],
        seed: int,
        out: Out,
    ) -> None:
        self._settings = settings = scenario.lora
        self.radios: dict[int, Radio] = {}
        self._env = env
        self._tracker = tracker
        self._seed = seed
        self.positions = positions
        self._region = settings.channel_plan
        self._path = settings.path
        self._interference = INTERFERENCES[settings.interference]
        self._sensitivity = SENSITIVITIES[settings.sensitivity]
        self._air = Air(env, tracker)
        hold_us = round(settings.downlink_hold_s * US_PER_S)
        self._downlinks = Downlinks(env, tracker, self._region, hold_us, self._sensitivity)
        backhaul_random = stream(seed, NAME, "backhaul")
        self._down = link(env, tracker, backhaul_random, scenario.backhaul, self._downlinks.put)
        self._ups: list[NetworkLink] = []
        self.cut_offs: list[CutOff] = []
        self._has_strangers = False
        self.gateways: list[tuple[link_budget.Position, Gateway]] = []
        for position in placement.gateways(scenario):
            gateway = Gateway(
                env,
                self._region,
                settings.demodulators,
                self._interference,
                self._sensitivity.gateway_dbm,
            )
            up = link(env, tracker, backhaul_random, scenario.backhaul, out)
            gateway.out = up.put
            self._ups.append(up)
            self.gateways.append((position, gateway))

    def connect(self, member: Member) -> Connection:
        """Give a device a radio with the spreading factor that its place asks for."""
        settings = self._settings
        radio = self.radios[member.id] = self._radio(member)
        network_adr = NetworkAdr(self._region.max_power_dbm, settings.margin_db)
        self._downlinks.attach(radio, network_adr if settings.adr else None)

        def airtime_ms(length: int) -> int:
            return -(-frame_us(length, radio.spreading_factor) // US_PER_MS)

        permille = round(self._region.device_duty_cycle * 1000)
        timeout_ms = ack_timeout_ms(
            radio.spreading_factor, self._region, settings.second_window, settings.off_time
        )
        contact_ms = CONTACT_MS
        if settings.second_window:
            contact_ms += (SECOND_RECEIVE_DELAY_US - RECEIVE_DELAY_US) // US_PER_MS
        if radio.always_listens:
            contact_ms = 0

        def new_device_end() -> Bearer:
            return Bearer(
                NAME,
                MAX_PAYLOAD_BYTES,
                timeout_ms,
                IN_FLIGHT,
                airtime_ms,
                permille if permille < 1000 else 0,
                DUTY_BURST_MS,
            )

        hub_end = Bearer(NAME, MAX_PAYLOAD_BYTES, timeout_ms, IN_FLIGHT, contact_ms=contact_ms)

        def deliver_to(sink: Out) -> None:
            radio.out = sink

        return Connection(new_device_end, hub_end, radio.put, deliver_to, radio.switch_off)

    @property
    def is_used(self) -> bool:
        """Whether anybody sends through it one by one."""
        return bool(self.radios) or self._has_strangers

    def set_connected(self, number: int, is_connected: bool) -> None:
        """Let a gateway lose the network behind it, or have it again."""
        _, gateway = self.gateways[number]
        if gateway.is_connected and not is_connected:
            self.cut_offs.append(CutOff(number, now_us(self._env)))
        elif is_connected and not gateway.is_connected:
            mended = next(one for one in reversed(self.cut_offs) if one.gateway == number)
            mended.end_us = now_us(self._env)
        gateway.is_connected = self._ups[number].up = is_connected
        self._down.up = any(gateway.is_connected for _, gateway in self.gateways)

    def forget_cut_offs(self, before_us: int) -> None:
        """Keep nothing of cut-offs that were over by `before_us`."""
        self.cut_offs = [
            one for one in self.cut_offs if one.end_us is None or one.end_us > before_us
        ]

    def stranger(
        self,
        position: link_budget.Position,
        spreading_factor: int,
        power_dbm: float,
        random: random.Random,
    ) -> Out:
        """Return where packets enter that somebody at `position` sends, and no radio of ours."""
        self._has_strangers = True
        links = link_budget.audible(
            link_budget.links(position, self.gateways, self._path, random),
            power_dbm,
            spreading_factor,
            self._interference,
            self._sensitivity.gateway_dbm,
        )

        def put(packet: Packet) -> None:
            packet.channel = random.randrange(self._region.channels)
            self._air.transmit(
                packet, spreading_factor, packet.channel, power_dbm, links, lambda heard_by: None
            )

        return put

    def _radio(self, member: Member) -> Radio:
        settings, region = self._settings, self._region
        shadowing = stream(self._seed, member.id, NAME)
        paths = link_budget.links(self.positions[member.id], self.gateways, self._path, shadowing)
        factor = slowest = link_budget.slowest(region, _LONGEST_FRAME_BYTES)
        if not settings.adr:
            factor = link_budget.spreading_factor(
                min(path.loss_db for path in paths),
                region,
                settings.margin_db,
                _LONGEST_FRAME_BYTES,
                self._sensitivity,
            )
        return Radio(
            self._env,
            self._air,
            self._tracker,
            # However many gateways there are, its channels are the same.
            stream(self._seed, member.id, NAME, "channels"),
            member.id,
            region,
            factor,
            paths,
            self._interference,
            self._sensitivity,
            settings.second_window,
            member.kind == codes.DOOR and settings.door_class == "C",
            settings.off_time,
            DeviceAdr(slowest, region.max_power_dbm) if settings.adr else None,
        )

    def put(self, packet: Packet) -> None:
        """Send a downlink over the backhaul to where it waits for its device to listen."""
        self._down.put(packet)
