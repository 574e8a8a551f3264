"""LoRa meters as a cohort: built from a scenario's groups, run on the virtual clock, accounted."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from simpy import Environment

from linli_firmware.apps import meter
from linli_protocol import codes, messages

from ..clockwork import US_PER_H, US_PER_MS, US_PER_S, at, now_us
from ..cohort.account import Account
from ..cohort.at_gateway import AtGateway, AtGateways
from ..cohort.batteries import batteries
from ..cohort.cohort import Cohort
from ..cohort.collisions import NEVER_US
from ..cohort.frames import Ints
from ..cohort.histogram import Histogram
from ..cohort.meter_reports import (
    HOUR_S,
    ReportSizes,
    acknowledgement_bytes,
    first_reports,
    joining,
)
from ..cohort.outages import Outage
from ..cohort.reach import Reach, reach
from ..cohort.reception import Receiver
from ..cohort.world import Kind, World
from ..edge.cluster import Interruption
from ..energy.activity import Activity
from ..energy.typical import FREEZE_S, HARDWARE
from ..lora.airtime import SPREADING_FACTORS
from ..lora.interference import BY_NAME as INTERFERENCES
from ..lora.link_budget import Position
from ..lora.lorawan import MAX_PAYLOAD_BYTES, OVERHEAD_BYTES, RECEIVE_DELAY_US, frame_us
from ..lora.region import REGIONS
from ..lora.sensitivity import BY_NAME as SENSITIVITIES
from ..packet import Direction, Fate
from ..recorder import Recorder
from ..roster import Member
from ..scenario import Devices, Scenario, way_to_hub_ms
from ..streams import generator
from ..tracker import Tally, Tracker
from .lora_network import NAME, LoraNetwork

_UNIX_EPOCH = datetime(1970, 1, 1)
_ALONE_US = US_PER_H
"""With no twins to mind, the cohort follows the clock so often."""
_IN_FLIGHT = 1
"""The app of a meter has one report under way."""
_SOON_US = 300_000
"""A window ends so soon after a twin has sent or is sent something: what that changes for the
cohort, twins meet afterwards. With 1 s buttons lost a quarter more frames in a storm of joins than
among twins, with 0.3 s as many; measured."""


class LoraCohort:
    """Meters whose code does not run: all report as the app would, from `start` in local time.

    They begin to join within `join_within_s`. Of their water nothing matters but how much there is.
    They share the gateways of `network`, and a hub that does not serve during `interruptions`.
    """

    def __init__(
        self,
        env: Environment,
        scenario: Scenario,
        members: Sequence[Member],
        positions: dict[int, Position],
        seed: int,
        start: datetime,
        join_within_s: float,
        network: LoraNetwork,
        interruptions: Sequence[Interruption],
    ) -> None:
        self._network = network
        self._interruptions = interruptions
        self._hub_us = round(way_to_hub_ms(scenario) * US_PER_MS)
        self._env = env
        self._scenario = scenario
        self._seed = seed
        unix_s = round((start - _UNIX_EPOCH) / timedelta(seconds=1)) - scenario.utc_offset_min * 60
        litres_per_day = scenario.people.litres_per_household_day
        sizes = ReportSizes(seed, start, litres_per_day, scenario.duration_h)
        joins = joining(join_within_s, scenario.utc_offset_min)
        kinds: list[Kind] = []
        order: list[Ints] = []
        first_us: list[Ints] = []
        self._groups: list[tuple[Devices, int]] = []
        for group in dict.fromkeys(map(id, (member.group for member in members))):
            mine = [member for member in members if id(member.group) == group]
            interval_s = _setting(mine[0].group, "report_interval_s")
            devices = np.array([member.id for member in mine])
            due_us, hours = first_reports(devices, interval_s, unix_s)
            later = sizes.later(round(interval_s / HOUR_S))
            for number in np.unique(hours).tolist():
                chosen = np.flatnonzero(hours == number)
                kinds.append(
                    Kind(
                        f"{interval_s} s, first {number} h",
                        len(chosen),
                        interval_s,
                        0.0,
                        later,
                        acknowledgement_bytes(),
                        sizes.first(number),
                        _IN_FLIGHT,
                        joins,
                    )
                )
                self._groups.append((mine[0].group, len(kinds) - 1))
                order.append(devices[chosen])
                first_us.append(due_us[chosen])
        self._devices = np.concatenate(order)
        self._at_gateways: AtGateways | None = None
        # Counts windows: an end that was to come before the last one is void.
        self._window = 0
        self._is_cut = False
        world = self._world(kinds, positions)
        late_us = _clocks_are_late_us(world.reach.row, self._hub_us, joins.accept_bytes, seed)
        self._cohort = Cohort(
            world, len(network.gateways), self._hub_us, np.concatenate(first_us) + late_us
        )

    @property
    def heard(self) -> tuple[Ints, Reach]:
        """The devices, and in their order who hears them."""
        return self._devices, self._cohort.world.reach

    def start(self) -> None:
        """Follow the virtual clock from now on."""
        if not self._network.is_used:
            self._follow()
            return
        interference = INTERFERENCES[self._scenario.lora.interference]
        self._at_gateways = AtGateways(interference, self._disturbed)
        for number, (_, gateway) in enumerate(self._network.gateways):
            gateway.others = AtGateway(number, self._at_gateways)
        self._open(self._at_gateways)

    def finish(self, recorder: Recorder, tracker: Tracker) -> None:
        """Bring the cohort to the end of the run, and enter what it did."""
        if self._at_gateways:
            self._close(self._at_gateways)
        self._cohort.run(now_us(self._env), self._outages())
        self._enter_air(recorder, tracker)
        recorder.cohorts.append(self._account())

    def _follow(self) -> None:
        self._cohort.run(now_us(self._env), self._outages())
        at(self._env, _ALONE_US, self._follow)

    def _open(self, gateways: AtGateways) -> None:
        """Let the gateways know what the cohort has on the air next."""
        now = now_us(self._env)
        window_us = max(self._cohort.fit_us, _SOON_US)
        background = self._cohort.preview(now + window_us, self._outages())
        gateways.background = background
        self._window += 1
        self._is_cut = False
        at(self._env, background.end_us - now, self._next, gateways, self._window)

    def _next(self, gateways: AtGateways, window: int) -> None:
        if window == self._window:
            self._close(gateways)
            self._open(gateways)

    def _disturbed(self) -> None:
        """Let the window end soon, since a twin changes what the cohort does next."""
        if self._at_gateways and not self._is_cut:
            self._is_cut = True
            at(self._env, _SOON_US, self._next, self._at_gateways, self._window)

    def _close(self, gateways: AtGateways) -> None:
        """Let the cohort know what twins had on the air."""
        now = now_us(self._env)
        self._cohort.window(now, *gateways.take(now), self._outages())

    def _outages(self) -> list[Outage]:
        """Return the outages that matter to frames from now on, or since the last window."""
        since_us = self._cohort.now_us
        self._network.forget_cut_offs(since_us)
        at_gateways = defaultdict[tuple[int, int], list[int]](list)
        for one in self._network.cut_offs:
            at_gateways[one.start_us, one.end_us or NEVER_US].append(one.gateway)
        outages = [
            Outage(begin_us, end_us, Fate.LINK_DOWN, tuple(gateways))
            for (begin_us, end_us), gateways in at_gateways.items()
        ]
        # The hub serves or not when a frame has come to it.
        outages += [
            Outage(
                one.start_us - self._hub_us,
                one.end_us - self._hub_us if one.end_us else NEVER_US,
                Fate.SERVICE_DOWN,
            )
            for one in self._interruptions
        ]
        return [outage for outage in outages if outage.end_us > since_us]

    def _world(self, kinds: Sequence[Kind], positions: dict[int, Position]) -> World:
        settings, region = self._scenario.lora, REGIONS[self._scenario.lora.region]
        interference = INTERFERENCES[settings.interference]
        sensitivity = SENSITIVITIES[settings.sensitivity]
        heard = reach(
            np.array([positions[device] for device in self._devices.tolist()]),
            np.array([position for position, _ in self._network.gateways]),
            settings.path,
            generator(self._seed, NAME, "cohort"),
            region,
            settings.margin_db,
            MAX_PAYLOAD_BYTES + OVERHEAD_BYTES,
            interference,
            sensitivity,
        )
        receiver = Receiver(
            interference, settings.demodulators, tuple(sensitivity.gateway_dbm.values())
        )
        loss = self._scenario.backhaul.loss
        return World(kinds, heard, receiver, region, self._seed, sensitivity, loss)

    def _enter_air(self, recorder: Recorder, tracker: Tracker) -> None:
        cohort = self._cohort
        for direction, traffic in ((Direction.UP, cohort.up), (Direction.DOWN, cohort.down)):
            for hour, channel, sums in traffic.by_hour():
                air = recorder.air[NAME, channel, direction is Direction.DOWN, hour]
                air[:] = [old + new for old, new in zip(air, sums, strict=True)]
            fates = dict(zip(Fate, traffic.fates.tolist(), strict=False))
            if direction is Direction.UP:
                fates[Fate.IN_FLIGHT] = traffic.under_way
            for fate, sums in fates.items():
                if sums[0]:
                    tally = tracker.settled[NAME, direction, fate]
                    tally.merge(Tally(*sums))
                    tracker.created += sums[0]

    def _account(self) -> Account:
        cohort = self._cohort
        energy_j, years = np.empty((2, len(self._devices)))
        span_s = cohort.now_us / US_PER_S
        people = self._scenario.people
        litres = (
            span_s
            / HOUR_S
            * (people.litres_per_household_day / 24 + people.leak_share * people.leak_l_per_h)
        )
        for group, kind in self._groups:
            pulses = litres * 1000 / _setting(group, "pulse_ml")
            others = Activity(span_s, span_s / HOUR_S * FREEZE_S, pulses)
            found = batteries(cohort, kind, HARDWARE[codes.METER], others)
            mine = cohort.world.kind == kind
            energy_j[mine] = np.array([budget.energy_j for budget in found.budgets])[found.which]
            years[mine] = np.array([budget.life_years for budget in found.budgets])[found.which]
        order = np.argsort(self._devices)
        return Account(
            codes.METER,
            messages.READINGS,
            self._devices[order],
            cohort.offered.total[order],
            cohort.delivered.total[order],
            cohort.retransmissions.total[order],
            cohort.bytes_on_air.total[order],
            energy_j[order],
            years[order],
            Histogram.sum(cohort.tallies.delivery),
        )


def _setting(group: Devices, key: str) -> int:
    return int(group.app.get(key, meter.DEFAULTS[key]))


def _clocks_are_late_us(row: Ints, hub_us: int, accept_bytes: int, seed: int) -> Ints:
    """Return by how much devices' clocks are late: they were told the second of their asking.

    `row` is their spreading factors less 7.
    """
    answer_us = np.array([frame_us(accept_bytes, factor) for factor in SPREADING_FACTORS])
    part_us = generator(seed, NAME, "cohort", "seconds").integers(0, US_PER_S, len(row))
    return np.asarray(RECEIVE_DELAY_US - hub_us + answer_us[row] + part_us)
