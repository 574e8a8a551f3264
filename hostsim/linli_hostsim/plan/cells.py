"""How long cells last by closed forms: what devices report, and nothing that goes wrong.

No message is repeated and no button pressed, so that a simulation finds less; the budget is that of
energy.simulated. Devices on the mains or on a wired bearer have no cell.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from linli_firmware.apps import meter, panic
from linli_protocol import words

from .. import placement
from ..cohort.meter_reports import HOUR_S, ReportSizes, acknowledgement_bytes
from ..energy import lora_time
from ..energy.activity import Activity, Hardware, budget_of
from ..energy.simulated import MODEM
from ..energy.typical import DAY_S, FREEZE_S, HARDWARE
from ..lora.region import REGIONS
from ..nbiot import report
from ..nbiot.coverage import CLASSES, class_number
from ..nbiot.path import Place, coupling_loss_db
from ..nbiot.power_saving import DRX_S, PowerSaving
from ..roster import Member
from ..scenario import Devices, Scenario
from ..streams import generator

HEARTBEAT_BYTES = 32

_KINDS = {name: code for code, name in words.DEVICE_KINDS.items()}
_WIRED = frozenset(("rs485", "ethernet"))
_SAMPLE = 300
"""Modems whose loss is drawn."""


class Cells:
    """The lives of a scenario's cells; `shares` are coverage.Coverage's of its factors."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        litres = scenario.people.litres_per_household_day
        self._sizes = ReportSizes(scenario.seed, scenario.start, litres, scenario.duration_h)
        self._bytes: dict[int, int] = {}
        self._modems: dict[tuple[str, ...], NDArray[np.float64]] = {}

    def report(self, group: Devices) -> tuple[int, float]:
        """Return the bytes of a group's regular messages, and how many there are in a day."""
        if group.kind == "meter":
            interval_s = int(setting(group, "report_interval_s"))
            return self._report_bytes(max(round(interval_s / HOUR_S), 1)), DAY_S / interval_s
        return HEARTBEAT_BYTES, DAY_S / int(setting(group, "heartbeat_s"))

    def _report_bytes(self, hours: int) -> int:
        if hours not in self._bytes:
            self._bytes[hours] = self._sizes.later(hours)
        return self._bytes[hours]

    def lives(
        self, group: Devices, members: Sequence[Member], shares: NDArray[np.float64] | None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Return lives in years that occur in a group and the share of its devices that each has.

        None for devices without a cell. `shares` has its devices' chances of each spreading factor,
        None without LoRa.
        """
        hardware = HARDWARE.get(_KINDS[group.kind])
        if hardware is None or not _WIRED.isdisjoint(group.bearers):
            return None
        others = self._others(group)
        if "wifi" in group.bearers:
            hardware = replace(hardware, sleep="wifi associated")
        elif "ble" in group.bearers:
            hardware = replace(hardware, sleep="light sleep")
        if "nbiot" in group.bearers:
            hardware = replace(
                hardware, nbiot=MODEM, lora=hardware.lora if "lora" in group.bearers else None
            )
            # Gateways mean nothing to modems, so that one look is enough.
            key = group.kind, str(self.report(group)), *group.bearers
            if key not in self._modems:
                losses_db = self._losses_db(members)
                sends = group.bearers[0] == "nbiot"
                lives = [self._nbiot(group, hardware, others, each, sends) for each in losses_db]
                self._modems[key] = np.array(lives)
            years = self._modems[key]
            return years, np.full(len(years), 1 / len(years))
        if shares is None:
            return np.array([budget_of(hardware, others).life_years]), np.ones(1)
        mean = shares.mean(axis=0)
        # Who is heard by none sends as slowly as can be.
        mean[-2] += mean[-1]
        factors = range(7, 7 + len(mean) - 1)
        by_factor = [self._lora(group, hardware, others, factor) for factor in factors]
        return np.array(by_factor), mean[:-1]

    def _others(self, group: Devices) -> Activity:
        if group.kind == "meter":
            litres = self._scenario.people.litres_per_household_day
            pulses = litres * 1000 / int(setting(group, "pulse_ml"))
            return Activity(DAY_S, DAY_S / HOUR_S * FREEZE_S, pulses)
        sleeps_deeply = {"wifi", "ble"}.isdisjoint(group.bearers)
        return Activity(DAY_S, restarts=self.report(group)[1] if sleeps_deeply else 0.0)

    def _lora(self, group: Devices, hardware: Hardware, others: Activity, factor: int) -> float:
        length, reports = self.report(group)
        time = lora_time.exchange(length, acknowledgement_bytes(), factor) * reports
        did = replace(
            others,
            awake_s=others.awake_s + time.awake_s,
            lora_transmit_s=time.transmit_s,
            lora_dbm=REGIONS[self._scenario.lora.region].max_power_dbm,
            lora_receive_s=time.receive_s,
        )
        return budget_of(hardware, did).life_years

    def _nbiot(
        self, group: Devices, hardware: Hardware, others: Activity, loss_db: float, sends: bool
    ) -> float:
        settings = self._scenario.nbiot
        length, reports = self.report(group)
        if not sends:
            # The network hears of the modem as often as it asks for.
            length, reports = 0, 24 / settings.update_h
        transmit_s = float(report.transmit_s(loss_db, length)) * reports
        saving = PowerSaving(settings.inactivity_s, settings.edrx_s)
        if group.kind in settings.power_saving:
            saving = PowerSaving(settings.inactivity_s, DRX_S, settings.active_s)
        idle_s = settings.inactivity_s * reports
        paging_s = saving.listening_s(
            DAY_S - idle_s, round(reports), CLASSES[int(class_number(loss_db))]
        )
        did = replace(
            others,
            awake_s=others.awake_s + transmit_s + idle_s,
            nbiot_transmit_s=transmit_s,
            nbiot_receive_s=float(report.receive_s(loss_db)) * reports + paging_s,
            nbiot_idle_s=idle_s,
        )
        return budget_of(hardware, did).life_years

    def _losses_db(self, members: Sequence[Member]) -> NDArray[np.float64]:
        scenario = self._scenario
        some = list(members[:: -(-len(members) // _SAMPLE)])
        positions = placement.devices(scenario, list(members))
        mast = scenario.site.width_m / 2, scenario.site.height_m / 2 + scenario.nbiot.mast_m
        apart_m = np.linalg.norm(np.array([positions[one.id] for one in some]) - mast, axis=1)
        random = generator(scenario.seed, "plan", "coupling loss")
        return coupling_loss_db(apart_m, Place(scenario.nbiot.place), random)


def decile(years: NDArray[np.float64], shares: NDArray[np.float64], part: float = 0.1) -> float:
    """Return the life that all but the worst `part` of the devices reach."""
    order = np.argsort(years)
    reached = np.cumsum(shares[order])
    return float(years[order][np.searchsorted(reached, part * reached[-1])])


def setting(group: Devices, key: str) -> int | str | bool:
    """Return a setting of a group's app, or its default."""
    defaults = meter.DEFAULTS if group.kind == "meter" else panic.DEFAULTS
    value: int | str | bool = group.app.get(key, defaults[key])
    return value
