"""What the devices of a cohort drew from their cells."""

from dataclasses import dataclass, replace

import numpy as np

from ..clockwork import US_PER_S
from ..energy.activity import Activity, Hardware, budget_of
from ..energy.budget import Budget
from ..lora.airtime import PREAMBLE_SYMBOLS, SPREADING_FACTORS, symbol_us
from ..lora.lorawan import RECEIVE_DELAY_US
from .cohort import Cohort
from .frames import Ints


@dataclass(frozen=True, slots=True)
class Batteries:
    """Every budget that occurs, how many `devices` have it, and `which` each device has."""

    budgets: list[Budget]
    devices: Ints
    which: Ints

    @property
    def energy_j(self) -> float:
        """What all devices drew together."""
        each = [budget.energy_j for budget in self.budgets]
        return float(np.dot(each, self.devices))

    def life_years(self, share: float) -> float:
        """Return how long the cells last that `share` of the devices do not exceed."""
        years = np.array([budget.life_years for budget in self.budgets])
        order = np.argsort(years)
        reached = np.cumsum(self.devices[order])
        return float(years[order][np.searchsorted(reached, share * reached[-1])])


def batteries(cohort: Cohort, kind: int, hardware: Hardware, others: Activity) -> Batteries:
    """Return the budgets of the cohort's devices of number `kind` so far.

    `others` is what each of them did in this time besides its radio.
    """
    world = cohort.world
    device = np.flatnonzero(world.kind == kind)
    sums = cohort.frames, cohort.answers_us, cohort.transmit_us
    counts = (each.total[device] for each in sums)
    # Devices that sent and heard as much on the same spreading factor drew the same.
    rows = np.stack((world.reach.row[device], *counts))
    different, which, count = np.unique(rows, axis=1, return_inverse=True, return_counts=True)
    budgets = []
    for row, frames, answers_us, transmit_us in different.T.tolist():
        # As lora.radio counts: the first window's time for each frame, the answer's besides.
        listening_us = frames * PREAMBLE_SYMBOLS * symbol_us(SPREADING_FACTORS[row])
        receive_us = listening_us + answers_us
        awake_us = transmit_us + frames * RECEIVE_DELAY_US + receive_us
        did = replace(
            others,
            awake_s=others.awake_s + awake_us / US_PER_S,
            lora_transmit_s=transmit_us / US_PER_S,
            lora_receive_s=receive_us / US_PER_S,
            lora_dbm=world.region.max_power_dbm,
        )
        budgets.append(budget_of(hardware, did))
    return Batteries(budgets, count, which.reshape(-1))
