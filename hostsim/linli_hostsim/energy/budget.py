"""A budget: what each state takes from a cell, and how many years the cell lasts."""

from collections.abc import Sequence
from dataclasses import dataclass

from .cells import Cell

SECONDS_PER_YEAR = 365.25 * 86_400
SHELF_YEARS = 20.0
"""No cell is promised to last longer, however little is taken (makers' shelf lives)."""

SELF_DISCHARGE = "self-discharge"


@dataclass(frozen=True, slots=True)
class Load:
    """What one state drew: `current_ua` for `seconds` of the budget's span."""

    state: str
    seconds: float
    current_ua: int

    @property
    def charge_c(self) -> float:
        """The charge in coulombs."""
        return self.seconds * self.current_ua / 1e6


@dataclass(frozen=True, slots=True)
class Budget:
    """The loads of a device over `span_s` on its cell, at a temperature.

    >>> from linli_hostsim.energy import CELLS
    >>> asleep = Budget(86_400, [Load("asleep", 86_400, 20)], CELLS["ER14505"])
    >>> round(asleep.life_years, 1)
    10.2
    >>> {state: round(share, 2) for state, share in asleep.shares().items()}
    {'asleep': 0.88, 'self-discharge': 0.12}
    """

    span_s: float
    loads: Sequence[Load]
    cell: Cell
    celsius: float = 20.0

    @property
    def charge_c(self) -> float:
        """The charge taken in the span, in coulombs, self-discharge apart."""
        return sum(load.charge_c for load in self.loads)

    @property
    def energy_j(self) -> float:
        """The same in joules at the cell's voltage."""
        return self.charge_c * self.cell.volts

    @property
    def mean_ua(self) -> float:
        """The mean current."""
        return self.charge_c / self.span_s * 1e6

    @property
    def life_years(self) -> float:
        """How long a new cell lasts when every span is like this one; at most SHELF_YEARS."""
        per_year_c = self.charge_c / self.span_s * SECONDS_PER_YEAR
        lost_c = self.cell.lost_c_per_year(self.celsius)
        return min(self.cell.usable_c / (per_year_c + lost_c), SHELF_YEARS)

    def shares(self) -> dict[str, float]:
        """Return each state's part of what empties the cell, the greatest first."""
        lost_c = self.cell.lost_c_per_year(self.celsius) * self.span_s / SECONDS_PER_YEAR
        charges = {load.state: load.charge_c for load in self.loads} | {SELF_DISCHARGE: lost_c}
        total_c = sum(charges.values())
        ordered = sorted(charges.items(), key=lambda item: -item[1])
        return {state: charge_c / total_c for state, charge_c in ordered if charge_c}
