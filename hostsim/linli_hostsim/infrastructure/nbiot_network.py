"""NB-IoT: modems, the cell that they share, and the operator's network between it and the hub."""

import math

import numpy as np
from simpy import Environment

from linli_firmware.bearers.nbiot import ACK_TIMEOUT_MS, IN_FLIGHT, MTU
from linli_protocol.bearer import Bearer

from ..clockwork import US_PER_MS, US_PER_S, at
from ..energy.typical import HARDWARE
from ..lora.link_budget import Position
from ..nbiot.carrier import Tones, tones
from ..nbiot.coverage import CLASSES, Mode, class_number
from ..nbiot.downlink import Downlinks
from ..nbiot.modem import Air, Modem
from ..nbiot.nprach import Nprach
from ..nbiot.path import Place, coupling_loss_db
from ..nbiot.power_saving import DRX_S, PowerSaving
from ..nbiot.sector import CLASS_SHARES
from ..packet import Out, Packet
from ..roster import Member
from ..scenario import Scenario
from ..streams import stream
from ..tracker import Tracker
from .connection import Connection

NAME = "nbiot"
CONTACT_MARGIN_MS = 1_000
"""A downlink leaves the hub this long before its device may sleep again; our own figure."""


class NbiotNetwork:
    """All modems in one cell; uplinks go `out`, downlinks enter by `put`.

    Devices with a cell of their own save power as the scenario says; others are paged soon. The
    base station stands at `mast`.
    """

    def __init__(
        self,
        env: Environment,
        tracker: Tracker,
        scenario: Scenario,
        positions: dict[int, Position],
        seed: int,
        out: Out,
    ) -> None:
        settings = scenario.nbiot
        random = stream(seed, NAME)
        self.modems: dict[int, Modem] = {}
        self._env = env
        self._tracker = tracker
        self._seed = seed
        self._settings = settings
        self._positions = positions
        self.mast = scenario.site.width_m / 2, scenario.site.height_m / 2 + settings.mast_m
        self._mode = Mode(settings.mode)
        self._core_us = round(settings.core_ms * US_PER_MS)
        self._out = out
        self._nprach = [
            Nprach(env, random, one, settings.others_per_s * share)
            for one, share in zip(CLASSES, CLASS_SHARES, strict=True)
        ]
        self._uplink = Tones(env, tones())
        self._downlinks = Downlinks(
            env,
            tracker,
            random,
            self._mode,
            settings.header_bytes,
            settings.loss,
            round(settings.downlink_hold_s * US_PER_S),
        )

    def connect(self, member: Member) -> Connection:
        """Give a device a modem in the coverage class that its place asks for."""
        settings = self._settings
        loss_db = self._loss_db(member)
        number = int(class_number(loss_db))
        air = Air(
            self._nprach[number],
            self._uplink,
            self._mode,
            settings.header_bytes,
            settings.loss,
            settings.attempts,
            settings.backoff_s,
        )
        modem = Modem(
            self._env,
            self._tracker,
            stream(self._seed, member.id, NAME),
            member.id,
            loss_db,
            CLASSES[number],
            air,
            self._power_saving(member),
        )
        modem.up = self.pass_on
        self.modems[member.id] = modem
        self._downlinks.attach(modem)

        def new_device_end() -> Bearer:
            return Bearer(NAME, MTU, ACK_TIMEOUT_MS, IN_FLIGHT)

        contact_ms = 0
        if modem.power_saving.active_s is not None:
            awake_s = modem.power_saving.inactivity_s + modem.power_saving.active_s
            contact_ms = max(round(awake_s * 1000) - CONTACT_MARGIN_MS, 1)
        hub_end = Bearer(NAME, MTU, ACK_TIMEOUT_MS, IN_FLIGHT, contact_ms=contact_ms)

        def deliver_to(sink: Out) -> None:
            modem.out = sink

        return Connection(new_device_end, hub_end, modem.put, deliver_to, modem.switch_off)

    def put(self, packet: Packet) -> None:
        """Send a downlink through the operator's network to where its device is served."""
        at(self._env, self._core_us, self._downlinks.put, packet)

    def pass_on(self, packet: Packet) -> None:
        """Pass an uplink, or what somebody in the operator's network calls one, on to the hub."""
        at(self._env, self._core_us, self._out, packet)

    def _loss_db(self, member: Member) -> float:
        generator = np.random.default_rng(
            stream(self._seed, member.id, NAME, "loss").getrandbits(128)
        )
        distance_m = np.array([math.dist(self._positions[member.id], self.mast)])
        return float(coupling_loss_db(distance_m, Place(self._settings.place), generator)[0])

    def _power_saving(self, member: Member) -> PowerSaving:
        settings = self._settings
        if member.kind not in HARDWARE:
            return PowerSaving(settings.inactivity_s)
        if member.group.kind not in settings.power_saving:
            return PowerSaving(settings.inactivity_s, settings.edrx_s)
        return PowerSaving(
            settings.inactivity_s, DRX_S, settings.active_s, settings.update_h * 3600
        )
