"""The economy of one community: what goes out, what comes in, and when it has paid for itself."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..scenario import Scenario
from . import income, running
from .cash_flow import discounted, net_present_value, payback_years
from .equipment import Equipment, bought
from .parameters import Economy, Finance

_FOREVER_YEARS = 200


@dataclass(frozen=True, slots=True)
class Community:
    """What an account needs to know of a scenario."""

    name: str
    households: int
    litres_per_household_day: float
    equipment: Equipment

    @classmethod
    def of(cls, scenario: Scenario) -> "Community":
        """Return the community of a scenario."""
        return cls(
            scenario.name,
            scenario.households,
            scenario.people.litres_per_household_day,
            Equipment.of(scenario),
        )


@dataclass(frozen=True, slots=True)
class Account:
    """Yuan by item: `capital` once, `running` and `income` in each full year.

    `flows` are as in cash_flow. `water_m3` is what a year saves; `posts_yuan` what the posts that
    the system bears on cost in a year without it.
    """

    capital: Mapping[str, float]
    running: Mapping[str, float]
    income: Mapping[str, float]
    flows: tuple[float, ...]
    discount_rate: float
    water_m3: float
    posts_yuan: float

    @property
    def capital_yuan(self) -> float:
        """All that is paid once."""
        return sum(self.capital.values())

    @property
    def running_yuan(self) -> float:
        """What a year costs."""
        return sum(self.running.values())

    @property
    def income_yuan(self) -> float:
        """What a full year brings in."""
        return sum(self.income.values())

    @property
    def payback(self) -> float | None:
        """Years until the project has paid for itself; None when not within the horizon."""
        return payback_years(self.flows)

    @property
    def extrapolated_payback(self) -> float:
        """The same if devices lived for ever; infinite when no year leaves anything over."""
        found = payback_years((*self.flows, *[self.flows[-1]] * _FOREVER_YEARS))
        return math.inf if found is None else found

    @property
    def discounted_payback(self) -> float | None:
        """The same with the present values of all years."""
        return payback_years(discounted(self.flows, self.discount_rate))

    @property
    def present_value(self) -> float:
        """The net present value over the horizon, yuan."""
        return net_present_value(self.flows, self.discount_rate)

    @property
    def return_on_capital(self) -> float:
        """What comes in over the horizon, running cost taken off, for each yuan of capital."""
        return sum(self.flows[1:]) / self.capital_yuan

    @property
    def return_on_cost(self) -> float:
        """What comes in over the horizon for each yuan of capital and running cost."""
        running_yuan = self.running_yuan * (len(self.flows) - 1)
        gross_yuan = sum(self.flows[1:]) + running_yuan
        return gross_yuan / (self.capital_yuan + running_yuan)

    @property
    def cost_saved(self) -> float:
        """The share of the posts' cost that is saved, less what the system itself costs."""
        return (self.income["posts saved"] - self.running_yuan) / self.posts_yuan


def account(community: Community, economy: Economy) -> Account:
    """Return the account of a community that owns its devices."""
    households, equipment = community.households, community.equipment
    once = bought(equipment, economy.prices)
    once |= running.project(sum(once.values()), economy.running)
    meters, buttons = (equipment.devices.get(kind, 0) for kind in ("meter", "panic"))
    water_m3 = income.water_saved_m3(
        households, meters, community.litres_per_household_day, economy.income
    )
    made = Account(
        once,
        running.yearly(households, equipment, economy.prices, economy.running),
        income.yearly(households, buttons, water_m3, economy.income),
        (),
        economy.finance.discount_rate,
        water_m3,
        income.posts_yuan_year(households, economy.income),
    )
    return _with_flows(made, economy.finance)


def with_paid_service(community: Community, economy: Economy) -> Account:
    """Return the account of the same community with the study's paid service besides."""
    base = account(community, economy)
    devices = sum(community.equipment.devices.get(kind, 0) for kind in ("meter", "panic"))
    service = income.paid_service(devices, economy.service)
    return _with_flows(
        replace(base, income={**base.income, "paid service": service}), economy.finance
    )


def without(made: Account, item: str, finance: Finance) -> Account:
    """Return the account without one of its incomes."""
    left = {name: yuan for name, yuan in made.income.items() if name != item}
    return _with_flows(replace(made, income=left), finance)


def _with_flows(made: Account, finance: Finance) -> Account:
    years = round(finance.horizon_years)
    first = finance.first_year * made.income_yuan - made.running_yuan
    later = made.income_yuan - made.running_yuan
    return replace(made, flows=(-made.capital_yuan, first, *[later] * (years - 1)))
