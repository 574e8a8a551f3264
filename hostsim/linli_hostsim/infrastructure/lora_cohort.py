"""LoRa meters as a cohort: built from a scenario's groups, run on the virtual clock, accounted."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from simpy import Environment

from linli_firmware.apps import meter
from linli_protocol import codes, messages

from .. import placement
from ..clockwork import US_PER_H, US_PER_MS, US_PER_S, at, now_us
from ..cohort.account import Account
from ..cohort.at_gateway import AtGateway, taken
from ..cohort.batteries import batteries
from ..cohort.cohort import Cohort
from ..cohort.frames import Ints
from ..cohort.histogram import Histogram
from ..cohort.meter_reports import (
    HOUR_S,
    ReportSizes,
    acknowledgement_bytes,
    first_reports,
    join_accept_bytes,
)
from ..cohort.reach import reach
from ..cohort.reception import Receiver
from ..cohort.world import Kind, World
from ..energy.activity import Activity
from ..energy.typical import FREEZE_S, HARDWARE
from ..lora.airtime import SPREADING_FACTORS
from ..lora.gateway import Gateway
from ..lora.interference import BY_NAME as INTERFERENCES
from ..lora.link_budget import Position
from ..lora.lorawan import MAX_PAYLOAD_BYTES, OVERHEAD_BYTES, RECEIVE_DELAY_US, frame_us
from ..lora.region import REGIONS
from ..lora.sensitivity import BY_NAME as SENSITIVITIES
from ..packet import Direction, Fate
from ..recorder import Recorder
from ..roster import Member
from ..scenario import Devices, Scenario
from ..streams import generator
from ..tracker import Tally, Tracker
from .lora_network import NAME

_UNIX_EPOCH = datetime(1970, 1, 1)
_ALONE_US = US_PER_H
"""With no twins to mind, the cohort follows the clock so often."""
_FRAMES_A_WINDOW = 20
_WINDOWS_S = 4.0, 60.0
"""Among twins a window is so long: what they spoil shows after it."""


class LoraCohort:
    """Meters whose code does not run: all report as the app would, from `start` in local time.

    They have joined already, and nothing of their water matters but how much there is.
    """

    def __init__(
        self,
        env: Environment,
        scenario: Scenario,
        members: Sequence[Member],
        positions: dict[int, Position],
        seed: int,
        start: datetime,
    ) -> None:
        self._env = env
        self._scenario = scenario
        unix_s = round((start - _UNIX_EPOCH) / timedelta(seconds=1)) - scenario.utc_offset_min * 60
        sizes = ReportSizes(seed, start, scenario.people.litres_per_household_day)
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
                    )
                )
                self._groups.append((mine[0].group, len(kinds) - 1))
                order.append(devices[chosen])
                first_us.append(due_us[chosen])
        self._devices = np.concatenate(order)
        self._at_gateways: list[AtGateway] = []
        rate = sum(kind.devices / kind.interval_s for kind in kinds)
        self._window_us = round(np.clip(_FRAMES_A_WINDOW / rate, *_WINDOWS_S) * US_PER_S)
        self._cohort = _cohort(
            scenario, kinds, self._devices, np.concatenate(first_us), positions, seed
        )

    def run_alone(self) -> None:
        """Follow the virtual clock from now on, with no twins on the air."""
        self._follow()

    def run_among(self, gateways: Sequence[Gateway]) -> None:
        """Share the air and the `gateways` with twins from now on."""
        interference = INTERFERENCES[self._scenario.lora.interference]
        for number, gateway in enumerate(gateways):
            gateway.others = here = AtGateway(number, interference)
            self._at_gateways.append(here)
        self._open()

    def finish(self, recorder: Recorder, tracker: Tracker) -> None:
        """Bring the cohort to the end of the run, and enter what it did."""
        if self._at_gateways:
            self._close()
        self._cohort.run(now_us(self._env))
        self._enter_air(recorder, tracker)
        recorder.cohorts.append(self._account())

    def _follow(self) -> None:
        self._cohort.run(now_us(self._env))
        at(self._env, _ALONE_US, self._follow)

    def _open(self) -> None:
        """Let the gateways know what the cohort has on the air next."""
        background = self._cohort.preview(now_us(self._env) + self._window_us)
        for here in self._at_gateways:
            here.background = background
        at(self._env, background.end_us - now_us(self._env), self._next)

    def _next(self) -> None:
        self._close()
        self._open()

    def _close(self) -> None:
        """Let the cohort know what twins had on the air."""
        adds_up = self._cohort.world.receiver.adds_up
        foreign, sent = taken(self._at_gateways, now_us(self._env), adds_up)
        self._cohort.window(now_us(self._env), foreign, sent)

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
            cohort.offered[order],
            cohort.delivered[order],
            cohort.retransmissions[order],
            cohort.bytes_on_air[order],
            energy_j[order],
            years[order],
            Histogram.sum(cohort.tallies.delivery),
        )


def _setting(group: Devices, key: str) -> int:
    return int(group.app.get(key, meter.DEFAULTS[key]))


def _cohort(
    scenario: Scenario,
    kinds: Sequence[Kind],
    devices: Ints,
    first_us: Ints,
    positions: dict[int, Position],
    seed: int,
) -> Cohort:
    settings, region = scenario.lora, REGIONS[scenario.lora.region]
    interference = INTERFERENCES[settings.interference]
    sensitivity = SENSITIVITIES[settings.sensitivity]
    masts = np.array(placement.gateways(scenario))
    heard = reach(
        np.array([positions[device] for device in devices.tolist()]),
        masts,
        settings.path,
        generator(seed, NAME, "cohort"),
        region,
        settings.margin_db,
        MAX_PAYLOAD_BYTES + OVERHEAD_BYTES,
        interference,
        sensitivity,
    )
    receiver = Receiver(
        interference, settings.demodulators, tuple(sensitivity.gateway_dbm.values())
    )
    world = World(kinds, heard, receiver, region, seed, sensitivity)
    hub_us = _hub_us(scenario, kinds)
    late_us = first_us + _clocks_are_late_us(heard.row, hub_us, seed)
    return Cohort(world, len(masts), hub_us, late_us)


def _clocks_are_late_us(row: Ints, hub_us: int, seed: int) -> Ints:
    """Return by how much devices' clocks are late: they were told the second of their asking.

    `row` is their spreading factors less 7.
    """
    answer_us = np.array([frame_us(join_accept_bytes(), factor) for factor in SPREADING_FACTORS])
    part_us = generator(seed, NAME, "cohort", "seconds").integers(0, US_PER_S, len(row))
    return np.asarray(RECEIVE_DELAY_US - hub_us + answer_us[row] + part_us)


def _hub_us(scenario: Scenario, kinds: Sequence[Kind]) -> int:
    """Return the mean time from a gateway until the hub has dealt with a report."""
    backhaul = scenario.backhaul
    longest = max(kind.report_bytes for kind in kinds) + backhaul.header_bytes
    on_wire_us = longest * 8 * US_PER_S / backhaul.bits_per_s
    delay_ms = backhaul.base_ms + backhaul.jitter_ms + scenario.hub.processing_ms
    return round(delay_ms * US_PER_MS + on_wire_us)
