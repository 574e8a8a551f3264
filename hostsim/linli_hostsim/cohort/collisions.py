"""Frames on one channel that spoil each other, by the rules of lora.interference."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..lora.airtime import SPREADING_FACTORS, symbol_us
from ..lora.interference import Interference
from .frames import ROWS, Flags, Ints, Levels
from .timelines import overlapping

NEVER_US = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Table:
    """An Interference as arrays; `crosses`: other spreading factors matter too."""

    needed_db: NDArray[np.float64]
    spare_us: Ints
    adds_up: bool
    spares_tail: bool
    crosses: bool

    @classmethod
    def of(cls, interference: Interference) -> "Table":
        """Return `interference` as arrays."""
        needed_db = np.array(interference.isolation_db)
        spare_us = [interference.spare_symbols * symbol_us(sf) for sf in SPREADING_FACTORS]
        return cls(
            needed_db,
            np.array(spare_us),
            interference.adds_up,
            interference.spares_tail,
            bool((needed_db[~np.eye(ROWS, dtype=np.bool_)] > -math.inf).any()),
        )


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Receptions in the order of `begin`; times of different channels must be far apart.

    Only those with `is_new` have their pairs with older ones looked at.
    """

    begin: Ints
    end: Ints
    row: Ints
    rssi_dbm: Levels
    is_new: Flags | None = None


def compare(arrivals: Arrivals, table: Table) -> tuple[Flags, Ints]:
    """Return which arrivals an older one spoils, and when (in `begin`'s terms) a newer one does.

    The time is NEVER_US where none does. Frames are compared in pairs.
    """
    begin, end, row, rssi_dbm = arrivals.begin, arrivals.end, arrivals.row, arrivals.rssi_dbm
    by_older = np.zeros(len(begin), np.bool_)
    by_newer = np.full(len(begin), NEVER_US)
    needed_db = table.needed_db
    for older, newer in overlapping(begin, end):
        if arrivals.is_new is not None:
            looked_at = arrivals.is_new[newer]
            older, newer = older[looked_at], newer[looked_at]
        begun = begin[newer]
        is_spared = end[older] <= begun + table.spare_us[row[newer]]
        lead_db = rssi_dbm[newer] - rssi_dbm[older]
        by_older[newer[~is_spared & (lead_db < needed_db[row[newer], row[older]])]] = True
        is_harmed = -lead_db < needed_db[row[older], row[newer]]
        if table.spares_tail:
            is_harmed &= ~is_spared
        harmed = older[is_harmed]
        by_newer[harmed] = np.minimum(by_newer[harmed], begun[is_harmed])
    return by_older, by_newer


def add_energies(arrivals: Arrivals, harm: NDArray[np.float64]) -> None:
    """Add to `harm`, by the harmful one's row, each overlap's energy in mW µs."""
    begin, end, row = arrivals.begin, arrivals.end, arrivals.row
    milliwatts = 10 ** (arrivals.rssi_dbm / 10)
    for older, newer in overlapping(begin, end):
        if arrivals.is_new is not None:
            looked_at = arrivals.is_new[newer]
            older, newer = older[looked_at], newer[looked_at]
        overlap_us = np.minimum(end[older], end[newer]) - begin[newer]
        harm[newer, row[older]] += milliwatts[older] * overlap_us
        harm[older, row[newer]] += milliwatts[newer] * overlap_us


def is_drowned(
    airtime_us: Ints, row: Ints, rssi_dbm: Levels, harm: NDArray[np.float64], table: Table
) -> Flags:
    """Tell for each frame whether the energy of one row's frames was too much for it."""
    energy = 10 ** (rssi_dbm / 10) * airtime_us
    with np.errstate(divide="ignore"):
        lead_db = 10 * np.log10(energy[:, None] / harm)
    return np.asarray((lead_db < table.needed_db[row]).any(axis=1))
