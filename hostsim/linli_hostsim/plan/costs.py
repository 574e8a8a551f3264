"""What a design costs: bought once, kept running each year, and cells changed when they are empty.

Prices, the discount rate r and the horizon of n years are those of linli_hostsim.economy. What a
year costs is paid at its end, so that all is worth today

    present = once + sum of yearly / (1 + r)^year, from 1 to n

Platform, repairs and operators are left out: they are the same for every design.
"""

from dataclasses import dataclass

from ..economy.cash_flow import net_present_value
from ..economy.equipment import Equipment, bought, kept_running
from ..economy.inputs import InputError
from ..economy.parameters import Economy
from ..scenario import Plan, Scenario
from .levers import PlanError


@dataclass(frozen=True, slots=True)
class Cost:
    """Yuan by item, paid once and each year, and what both are worth today."""

    once: dict[str, float]
    yearly: dict[str, float]
    present_yuan: float


def cost(scenario: Scenario, cells_a_year: float) -> Cost:
    """Return what a scenario's community costs when so many cells are changed in a year."""
    economy = economy_of(scenario.plan)
    equipment = Equipment.of(scenario)
    once = bought(equipment, economy.prices)
    yearly = kept_running(equipment, economy.prices)
    yearly["cells"] = cells_a_year * economy.running.cell_yuan
    years = round(economy.finance.horizon_years)
    flows = [sum(once.values()), *[sum(yearly.values())] * years]
    return Cost(once, yearly, net_present_value(flows, economy.finance.discount_rate))


def economy_of(plan: Plan) -> Economy:
    """Return the economy's inputs with what the plan changes; PlanError names what it cannot."""
    changes = {
        f"{table}.{key}": value
        for table, keys in plan.economy.items()
        for key, value in keys.items()
    }
    try:
        return Economy().changed(changes)
    except InputError as error:
        raise PlanError(f"plan.economy: {error}") from error
