"""The composite index: economy 40 %, society 45 %, environment 15 %, each from stated measures.

The study gives the three weights and a result of 92 for its case, but no formula. Ours: a measure x
scores 100 (x - worst) / (best - worst), within 0 and 100; a part is the mean of its measures; the
index is the weighted mean of the parts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .account import Account
from .index_inputs import IndexInputs, Observed

_KG_PER_T = 1000

Origin = Literal["account", "run", "claim"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of a part: its value, what scores 0 and 100, and its score.

    `origin` says who tells the value: the account, a run or, else, the study's claim.
    """

    part: str
    name: str
    unit: str
    value: float
    worst: float
    best: float
    origin: Origin

    @property
    def score(self) -> float:
        """From 0 to 100."""
        return 100 * min(1.0, max(0.0, (self.value - self.worst) / (self.best - self.worst)))


@dataclass(frozen=True, slots=True)
class Index:
    """The measures, and what they make together."""

    measures: tuple[Measure, ...]
    weights: Mapping[str, float]

    def part(self, name: str) -> float:
        """Return a part's score, 0 to 100; ZeroDivisionError for one without measures."""
        scores = [one.score for one in self.measures if one.part == name]
        return sum(scores) / len(scores)

    @property
    def value(self) -> float:
        """The composite index, 0 to 100; parts without measures do not count."""
        parts = {one.part for one in self.measures}
        weights = {name: weight for name, weight in self.weights.items() if name in parts}
        return sum(weight * self.part(name) for name, weight in weights.items()) / sum(
            weights.values()
        )

    @property
    def without_claims(self) -> "Index":
        """The index of those measures only that the account or a run tells."""
        return Index(tuple(one for one in self.measures if one.origin != "claim"), self.weights)


def co2_t(households: int, water_m3: float, observed: Observed) -> float:
    """Return the carbon dioxide that saved energy and saved water spare in a year, t."""
    saved_kwh = households * observed.public_kwh_household_year * observed.energy_saved
    return (saved_kwh + water_m3 * observed.water_kwh_m3) * observed.grid_kg_kwh / _KG_PER_T


def of_account(account: Account, households: int, given: IndexInputs, has_run: bool) -> Index:
    """Return the index of a community; `has_run` when `given.observed` is what a run told."""
    return composite(
        account.extrapolated_payback,
        account.return_on_capital,
        account.cost_saved,
        co2_t(households, account.water_m3, given.observed),
        given,
        "run" if has_run else "claim",
    )


def composite(
    payback_years: float,
    returned: float,
    cost_saved: float,
    co2: float,
    given: IndexInputs,
    told: Origin = "claim",
) -> Index:
    """Return the index: `returned` in yuan a yuan, `cost_saved` a share, `co2` in t a year.

    `told` is the origin of what a run can tell.
    """
    seen, to = given.observed, given.scales
    response_min = seen.answer_min + seen.travel_min
    rows: tuple[tuple[str, str, str, float, float, float, Origin], ...] = (
        (
            "economy",
            "payback",
            "years",
            payback_years,
            to.payback_worst_years,
            to.payback_best_years,
            "account",
        ),
        (
            "economy",
            "return on capital",
            "yuan a yuan",
            returned,
            to.return_worst,
            to.return_best,
            "account",
        ),
        ("economy", "running cost saved", "share", cost_saved, 0, to.cost_saved_best, "account"),
        ("society", "alarms answered", "share", seen.alarms_answered, 0, 1, told),
        (
            "society",
            "response",
            "min",
            response_min,
            to.response_worst_min,
            to.response_best_min,
            told,
        ),
        ("society", "satisfaction", "share", seen.satisfaction, 0, 1, "claim"),
        ("society", "special services", "share", seen.special_services, 0, 1, "claim"),
        ("society", "one-key call in use", "share", seen.elderly_use, 0, 1, "claim"),
        ("environment", "energy saved", "share", seen.energy_saved, 0, to.energy_best, "claim"),
        ("environment", "waste less", "share", seen.waste_less, 0, to.waste_best, "claim"),
        ("environment", "CO2 spared", "t a year", co2, 0, to.co2_best_t, "account"),
    )
    return Index(tuple(Measure(*row) for row in rows), given.weights.model_dump())
