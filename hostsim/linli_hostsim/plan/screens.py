"""What closed forms say of a design before it is simulated: its cost, and what it cannot reach.

Each value is one that the simulation does not surpass, but for its scatter: coverage without
collisions, cells without repetitions, acknowledgements that meet nothing on the air. A design whose
value misses a target is not simulated. Latencies are left to the simulation.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..cohort.meter_reports import acknowledgement_bytes
from ..lora.link_budget import Position
from ..lora.lorawan import frame_us
from ..lora.region import REGIONS
from ..roster import Member, roster
from ..scenario import Devices, Scenario
from . import availability
from .cells import Cells, decile
from .costs import Cost, cost
from .coverage import Coverage
from .levers import Design, Kit, Space
from .targets import REPORT_INTERVAL, Target

GATEWAYS_BUSY = "gateways send acknowledgements all the time that they may"
DEVICES_BUSY = "devices need more of the air than they may have"


@dataclass(frozen=True, slots=True)
class Screened:
    """A design as settings of the scenario, its cost, its figures at best, and what forbids it."""

    settings: dict[str, object]
    cost: Cost
    best: dict[str, float]
    obstacle: str | None

    def missed(self, targets: tuple[Target, ...]) -> Target | None:
        """Return the target that is missed most by these values, None when none is."""
        margins = {
            target: target.margin(self.best[target.figure])
            for target in targets
            if target.figure in self.best
        }
        worst = min(margins, key=margins.__getitem__, default=None)
        return worst if worst is not None and margins[worst] < 0 else None


class Screens:
    """Screens the designs of a space, each once."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.screened: dict[Design, Screened] = {}
        self.cells = Cells(space.scenario)
        self._shares: dict[tuple[Kit, int], NDArray[np.float64]] = {}
        self._coverages: dict[tuple[tuple[str, ...], ...], Coverage | None] = {}

    def screen(self, design: Design) -> Screened:
        """Return what closed forms say of a design; PlanError when it makes no scenario."""
        if design not in self.screened:
            self.screened[design] = self._screen(design)
        return self.screened[design]

    def places_m(self, design: Design) -> tuple[Position, ...]:
        """Return where the design's gateways stand."""
        coverage = self._coverage(design.kit)
        return coverage.places_m(design.gateways) if coverage and design.gateways else ()

    def _screen(self, design: Design) -> Screened:
        settings = self.space.settings(design, self.places_m(design))
        described = self.space.described(settings)
        ground = _Ground(self, design, described)
        obstacle = ground.obstacle()
        return Screened(settings, cost(described, ground.cells_a_year()), ground.best(), obstacle)

    def _coverage(self, kit: Kit) -> Coverage | None:
        if kit.bearers not in self._coverages:
            described = self.space.described(
                self.space.settings(Design(kit, 0, 0), ())  # No gateways yet: only who has LoRa.
            )
            members = [each for each in roster(described) if "lora" in each.group.bearers]
            self._coverages[kit.bearers] = (
                Coverage(described, members, self.space.places_m) if members else None
            )
        return self._coverages[kit.bearers]

    def shares(self, design: Design) -> NDArray[np.float64] | None:
        """Return Coverage.shares of a design, None when nobody has LoRa."""
        coverage = self._coverage(design.kit)
        if coverage is None:
            return None
        key = Kit(design.kit.bearers), design.gateways
        if key not in self._shares:
            self._shares[key] = coverage.shares(design.gateways)
        return self._shares[key]


class _Ground:
    """A design with all that its values follow from."""

    def __init__(self, screens: Screens, design: Design, described: Scenario) -> None:
        self._design = design
        self._described = described
        self._cells = screens.cells
        members = roster(described)
        with_lora = [each for each in members if "lora" in each.group.bearers]
        row_of = {member.id: row for row, member in enumerate(with_lora)}
        shares = screens.shares(design)
        self._groups: list[tuple[Devices, list[Member], NDArray[np.float64] | None]] = []
        for group in described.devices:
            mine = [each for each in members if each.group is group]
            if not mine:
                continue
            own = None
            if shares is not None and "lora" in group.bearers:
                own = shares[[row_of[each.id] for each in mine]]
            self._groups.append((group, mine, own))

    @cached_property
    def _lives(self) -> list[tuple[str, int, NDArray[np.float64], NDArray[np.float64]]]:
        found: list[tuple[str, int, NDArray[np.float64], NDArray[np.float64]]] = []
        for group, members, shares in self._groups:
            lives = self._cells.lives(group, members, shares)
            if lives is not None:
                found.append((group.kind, len(members), *lives))
        return found

    def cells_a_year(self) -> float:
        return sum(count * float((shares / years).sum()) for _, count, years, shares in self._lives)

    def best(self) -> dict[str, float]:
        design, found = self._design, {}
        edge = availability.settings(self._described, design.standbys)
        found["availability"] = availability.expected(edge)
        if design.kit.report_interval_s is not None:
            found[REPORT_INTERVAL] = float(design.kit.report_interval_s)
        for kind in {group.kind for group, _, _ in self._groups}:
            own = [each for each in self._groups if each[0].kind == kind]
            if all(group.bearers == ("lora",) for group, _, _ in own):
                missed = np.concatenate(
                    [shares[:, -1] for _, _, shares in own if shares is not None]
                )
                found[f"delivery.{kind}"] = 1 - float(missed.mean())
            lives = [each for each in self._lives if each[0] == kind]
            if lives:
                years = np.concatenate([years for _, _, years, _ in lives])
                counts = np.concatenate([count * shares for _, count, _, shares in lives])
                found[f"battery_years.{kind}"] = decile(years, counts)
        return found

    def obstacle(self) -> str | None:
        """Return why the air cannot carry the design's regular messages, None if it can."""
        region = REGIONS[self._described.lora.region]
        answers_us_s = 0.0
        for group, _, shares in self._groups:
            if shares is None or group.bearers[0] != "lora" or group.kind == "door":
                continue
            length, reports = self._cells.report(group)
            factors = range(7, 7 + shares.shape[1] - 1)
            per_s = reports / 86_400
            if max(frame_us(length, sf) for sf in factors) * per_s / 1e6 > region.device_duty_cycle:
                return DEVICES_BUSY
            answer_us = np.array([frame_us(acknowledgement_bytes(), sf) for sf in factors])
            answers_us_s += float(shares[:, :-1].sum(axis=0) @ answer_us) * per_s
        if answers_us_s / 1e6 > self._design.gateways * region.device_duty_cycle:
            return GATEWAYS_BUSY
        return None
