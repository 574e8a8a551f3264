"""Simulated devices in real time: the twins of the simulator, each with sockets of its own."""

import asyncio
import os
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import merge
from operator import itemgetter
from typing import Any

from simpy import Environment

from linli_firmware.apps.door import Door
from linli_firmware.apps.meter import Meter
from linli_firmware.apps.panic import Panic
from linli_firmware.storage.flash_store import FlashStore
from linli_firmware.storage.ram_files import RamFiles
from linli_protocol import codes, keys

from ..clockwork import US_PER_S, now_us
from ..made_up_vendor import VENDOR_KEY
from ..people import doors, water
from ..people.timeline import play
from ..recorder import Recorder, Stage, UpdateStage
from ..scenario.people import People
from ..streams import stream
from ..tracker import Tracker
from ..twins import DoorTwin, MeterTwin, PanicTwin, Twin
from ..twins.retained import RetainedMemory
from .pace import Pace
from .past import live_through
from .sockets import SocketWay

# Starts are spread already.
JOIN_SPREAD_MS = 1_000

_PEOPLE = People()

_APPS: dict[int, Callable[..., Any]] = {
    codes.DOOR: Door,
    codes.METER: Meter,
    codes.PANIC: Panic,
}
_TWINS: dict[int, type[Twin]] = {
    codes.DOOR: DoorTwin,
    codes.METER: MeterTwin,
    codes.PANIC: PanicTwin,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """One device of a fleet: its address, its kind (linli_protocol.codes), its ways, its settings.

    `facility` and `cards` are a door's: the cards 1 to `cards` of that facility code are its
    residents'. `past_s` is for how long a meter has counted before it is heard, and `leaked_s` for
    how long of that water has run without a pause.
    """

    device: int
    kind: int
    ways: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    facility: int = 0
    cards: int = 0
    past_s: int = 0
    leaked_s: int = 0


class Fleet:
    """The devices of `plans`, whose hub has the `community_key` and listens at `servers` by way.

    `start` is the local time, `unix_s` the same moment; nothing moves before `switch_on`. What
    residents do of themselves follows `seed`. For a running loop.
    """

    def __init__(
        self,
        plans: list[Plan],
        community_key: bytes,
        servers: Mapping[str, tuple[str | list[str], int]],
        seed: int,
        start: datetime,
        unix_s: int,
        utc_offset_min: int,
    ) -> None:
        self.twins: dict[int, Twin] = {}
        self.pace = Pace(env := Environment())
        self.env = env
        self._plans = plans
        self._community_key = community_key
        self._servers = servers
        self._seed = seed
        self._start = start
        self._unix_s = unix_s
        self._utc_offset_min = utc_offset_min
        self._tracker = Tracker()
        self._recorder = _NoAccount()

    async def switch_on(self, spread_s: float) -> None:
        """Give all devices power, one after the other within `spread_s`, or as fast as it goes."""
        apart_s = spread_s / max(len(self._plans), 1)
        began_s = time.monotonic()
        for number, plan in enumerate(self._plans):
            # Between any two, those that have power get their turn.
            await asyncio.sleep(max(began_s + number * apart_s - time.monotonic(), 0))
            self.pace.catch_up()
            self._begin(plan)
            self.pace.plan()

    def input(self, device: int, name: str, *arguments: Any) -> None:
        """Hand the app of a device an input; see `Twin.input`."""
        twin = self.twins[device]
        twin.input(name, *arguments)
        twin.act()

    def _begin(self, plan: Plan) -> None:
        twin = self.twins[plan.device] = self._made(plan)
        self._move_in(plan, twin)
        twin.start()

    def _made(self, plan: Plan) -> Twin:
        ways = [
            SocketWay(self.env, self.pace, self._tracker, way, self._servers[way], plan.device)
            for way in plan.ways
        ]
        settings = {"device": plan.device, **plan.settings}
        make_app = _APPS[plan.kind]
        keywords: dict[str, Any] = {}
        if plan.kind == codes.DOOR:
            keywords["facility"] = plan.facility
            keywords["habits"] = stream(self._seed, plan.device, "habits")
        flash = RamFiles()
        if plan.past_s:
            self._live_through(plan, settings, flash)
        twin = _TWINS[plan.kind](
            self.env,
            self._recorder,
            self._tracker,
            plan.device,
            plan.kind,
            keys.root_key(self._community_key, plan.device),
            lambda store, clock: make_app(settings, store, clock),
            [way.way() for way in ways],
            os.urandom,
            {"association": {"join_spread_ms": JOIN_SPREAD_MS}},
            VENDOR_KEY,
            flash=flash,
            **keywords,
        )
        for number, way in enumerate(ways):
            way.attach(twin, number)
        return twin

    def _live_through(self, plan: Plan, settings: dict[str, Any], flash: RamFiles) -> None:
        now_s = now_us(self.env) // US_PER_S
        start = self._start + timedelta(seconds=now_s - plan.past_s)
        random = stream(self._seed, plan.device, "past")
        drawn = water.draws(random, start, _PEOPLE.litres_per_household_day)
        if plan.leaked_s:
            begun_us = (plan.past_s - plan.leaked_s) * US_PER_S
            drawn = merge(
                drawn, _later(water.leak(_PEOPLE.leak_l_per_h), begun_us), key=itemgetter(0)
            )
        begin_s = self._unix_s + now_s - plan.past_s
        store = FlashStore(flash, RetainedMemory())
        live_through(store, settings, begin_s, plan.past_s, self._utc_offset_min, drawn)

    def _move_in(self, plan: Plan, twin: Twin) -> None:
        """Let whoever lives beside the device use it."""
        now = now_us(self.env)
        start = self._start + timedelta(microseconds=now)
        if isinstance(twin, DoorTwin) and plan.cards:
            random = stream(self._seed, plan.device, "passages")
            holders = doors.CardHolders(random, plan.cards, _PEOPLE.unknown_card_share)
            per_day = _PEOPLE.entries_per_person_day * plan.cards
            passages = doors.passages(random, start, per_day, holders)
            play(self.env, _later(passages, now), twin.person)
        elif isinstance(twin, MeterTwin):
            random = stream(self._seed, plan.device, "draws")
            drawn = water.draws(random, start, _PEOPLE.litres_per_household_day)
            play(self.env, _later(drawn, now), twin.draw)
            if plan.leaked_s:
                play(self.env, _later(water.leak(_PEOPLE.leak_l_per_h), now), twin.draw)


class _NoAccount(Recorder):
    """Keeps nothing of what twins tell: a fleet may live for weeks."""

    def offered(self, device: int, message_kind: int, identity: Hashable, now_us: int) -> None:
        """Forget it."""

    def given_up(self, device: int, message_kind: int, identity: Hashable) -> None:
        """Forget it."""

    def alarm(self, device: int, incident: int, stage: Stage, now_us: int) -> None:
        """Forget it."""

    def update(self, device: int, stage: UpdateStage, now_us: int) -> None:
        """Forget it."""


def _later(timeline: Iterator[tuple[int, Any]], by_us: int) -> Iterator[tuple[int, Any]]:
    for time_us, happening in timeline:
        yield time_us + by_us, happening
