"""What a device draws from its cell, by state, and how long the cell lasts."""

from .activity import Activity, Hardware, budget_of
from .budget import Budget, Load
from .cells import CELLS, Cell
from .currents import CURRENTS, Current, current_ua, lora_transmit_ua

__all__ = [
    "CELLS",
    "CURRENTS",
    "Activity",
    "Budget",
    "Cell",
    "Current",
    "Hardware",
    "Load",
    "budget_of",
    "current_ua",
    "lora_transmit_ua",
]
