"""What a plan may choose: the designs within the bounds of a scenario's [plan] table."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

from .. import placement
from ..experiments.settings import with_settings
from ..lora.link_budget import Position
from ..scenario import Scenario, ScenarioError, parse
from ..scenario.fidelity import obstacle

PLACES = 400
"""Of so many, spread evenly, gateways take theirs where there are more buildings."""

Ways = tuple[str, ...]

# What a device with so many ways may have in their place; others keep what they have.
_CHOICES: dict[tuple[str, int], tuple[Ways, ...]] = {
    ("meter", 1): (("lora",), ("nbiot",)),
    ("panic", 1): (("lora",), ("nbiot",), ("wifi",)),
    ("panic", 2): (("lora", "wifi"), ("nbiot", "wifi"), ("lora", "nbiot")),
}


class PlanError(ValueError):
    """Bounds that leave nothing to choose from, or contradict the scenario."""


@dataclass(frozen=True, slots=True)
class Kit:
    """What a design has but for its numbers.

    The bearers of each [[devices]] table, in the file's order, and how often meters report, None
    for what the scenario has.
    """

    bearers: tuple[Ways, ...]
    report_interval_s: int | None = None

    @property
    def has_lora(self) -> bool:
        """Whether anybody needs gateways."""
        return any("lora" in ways for ways in self.bearers)


@dataclass(frozen=True, slots=True)
class Design:
    """A kit, with how many gateways, 0 where nobody has LoRa, and how many edge nodes stand by."""

    kit: Kit
    gateways: int
    standbys: int


class Space:
    """The designs to choose from, and what each makes of the scenario."""

    def __init__(self, scenario_toml: str, origin: str, as_arrays: bool = False) -> None:
        """Read the bounds; PlanError or ScenarioError. `as_arrays`: meters are cohorts if possible.

        Each design has settings of its own; `toml` is what they are made in.
        """
        self.scenario = parse(scenario_toml, origin)
        self.toml = scenario_toml
        self._as_arrays = as_arrays
        self.tables: list[dict[str, Any]] = tomllib.loads(scenario_toml)["devices"]
        self.kinds = tuple(str(table["kind"]) for table in self.tables)
        self._bearers = [self._ways(number) for number in range(len(self.tables))]
        self.intervals: tuple[int | None, ...] = self.scenario.plan.report_interval_s or (None,)
        if "meter" not in self.kinds:
            self.intervals = (None,)

    def _ways(self, number: int) -> tuple[Ways, ...]:
        table = self.tables[number]
        kind, own = table["kind"], tuple(table["bearers"])
        given = self.scenario.plan.bearers.get(kind)
        several = self.kinds.count(kind) > 1
        if given and several:
            raise PlanError(
                f"plan.bearers.{kind}: {self.kinds.count(kind)} tables of that kind say which "
                "homes have which wiring"
            )
        if given:
            return tuple(dict.fromkeys(given))
        choices = () if several else _CHOICES.get((kind, len(own)), ())
        return tuple(dict.fromkeys((own, *choices)))

    def kits(self) -> Iterator[Kit]:
        """Yield every kit, the scenario's own before others where it is among them."""
        for bearers, interval_s in product(product(*self._bearers), self.intervals):
            yield Kit(bearers, interval_s)

    def kits_beside(self, kit: Kit) -> Iterator[tuple[str, Kit]]:
        """Yield kits with one choice changed, and which."""
        for number, choices in enumerate(self._bearers):
            for ways in choices:
                if ways != kit.bearers[number]:
                    bearers = (*kit.bearers[:number], ways, *kit.bearers[number + 1 :])
                    yield f"bearers of {self.kinds[number]}", replace(kit, bearers=bearers)
        for interval_s in self.intervals:
            if interval_s != kit.report_interval_s:
                yield "report interval", replace(kit, report_interval_s=interval_s)

    def gateways(self, kit: Kit) -> range:
        """Return how many gateways a kit may have, not more than there are places; PlanError."""
        if not kit.has_lora:
            return range(1)
        least, most = self.scenario.plan.gateways
        count = len(self.places_m)
        if least > count:
            raise PlanError(f"plan.gateways: from {least}, but there are places for {count}")
        return range(least, min(most, count) + 1)

    @cached_property
    def places_m(self) -> tuple[Position, ...]:
        """Where gateways may stand: on buildings unless the plan says."""
        scenario = self.scenario
        if scenario.plan.places_m is not None:
            return scenario.plan.places_m
        places = placement.buildings(scenario)
        if len(places) > PLACES:
            places = placement.grid(PLACES, scenario.site.width_m, scenario.site.height_m)
        return tuple(places)

    @property
    def standbys(self) -> range:
        """How many edge nodes may stand by."""
        least, most = self.scenario.plan.standbys
        return range(least, most + 1)

    def settings(self, design: Design, places_m: tuple[Position, ...]) -> dict[str, object]:
        """Return the settings (experiments.settings) that make the scenario this design."""
        settings: dict[str, object] = {"edge.standbys": design.standbys}
        if design.gateways:
            settings["lora.gateways"] = design.gateways
            settings["lora.places_m"] = [list(place) for place in places_m]
        for number, ways in enumerate(design.kit.bearers):
            settings[f"devices.{number}.bearers"] = list(ways)
            if self.kinds[number] == "meter" and design.kit.report_interval_s is not None:
                interval_s = design.kit.report_interval_s
                settings[f"devices.{number}.app.report_interval_s"] = interval_s
        return settings | self._fidelities(settings)

    def _fidelities(self, settings: dict[str, object]) -> dict[str, object]:
        found: dict[str, object] = {}
        for number, table in enumerate(self.tables):
            if table.get("fidelity") == "cohort" or self._as_arrays:
                found[f"devices.{number}.fidelity"] = "auto"
        described = self.described(settings | found)
        # The scenario has its groups in an order of its own.
        arrays = {
            group.bearers
            for group in described.devices
            if group.kind == "meter" and obstacle(described, group) is None
        }
        for number, kind in enumerate(self.kinds):
            ways = settings[f"devices.{number}.bearers"]
            assert isinstance(ways, list)
            is_array = kind == "meter" and tuple(ways) in arrays
            if f"devices.{number}.fidelity" in found and is_array:
                found[f"devices.{number}.fidelity"] = "cohort"
        return found

    def described(self, settings: dict[str, object]) -> Scenario:
        """Return the scenario with `settings`; PlanError says why there is none."""
        try:
            return parse(with_settings(self.toml, settings), "this design")
        except ScenarioError as error:
            raise PlanError(str(error)) from error
