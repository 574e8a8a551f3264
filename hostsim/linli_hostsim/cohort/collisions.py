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
    """An Interference as arrays by row.

    `needed_db` is one figure where only frames meet that need it of each other.
    """

    needed_db: NDArray[np.float64] | float
    spare_us: Ints
    adds_up: bool = False
    spares_tail: bool = True

    @classmethod
    def of(cls, interference: Interference) -> "Table":
        """Return `interference` as arrays."""
        matrix = np.array(interference.isolation_db)
        own, others = matrix.diagonal(), matrix[~np.eye(ROWS, dtype=np.bool_)]
        keeps_apart = (others == -math.inf).all() and (own == own[0]).all()
        spare_us = [interference.spare_symbols * symbol_us(sf) for sf in SPREADING_FACTORS]
        return cls(
            float(own[0]) if keeps_apart and not interference.adds_up else matrix,
            np.array(spare_us),
            interference.adds_up,
            interference.spares_tail,
        )

    @property
    def crosses(self) -> bool:
        """Tell whether frames of other rows matter too."""
        return not isinstance(self.needed_db, float)

    def needed(self, wanted: Ints, other: Ints) -> NDArray[np.float64] | float:
        """Return by how much frames of the `wanted` rows must lead those of the `other`, in dB."""
        return (
            self.needed_db if isinstance(self.needed_db, float) else self.needed_db[wanted, other]
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
    locked = begin + table.spare_us[row]
    for pairs in overlapping(begin, end):
        older, newer, meet = pairs.older, pairs.newer, pairs.meet
        if arrivals.is_new is not None:
            meet = meet & arrivals.is_new[newer]
        unspared = meet & (end[older] > locked[newer])
        lead_db = rssi_dbm[newer] - rssi_dbm[older]
        by_older[newer] |= unspared & (lead_db < table.needed(row[newer], row[older]))
        harmed = unspared if table.spares_tail else meet
        harmed = harmed & (lead_db > -table.needed(row[older], row[newer]))
        by_newer[older] = np.minimum(by_newer[older], np.where(harmed, begin[newer], NEVER_US))
    return by_older, by_newer


def add_energies(arrivals: Arrivals, harm: NDArray[np.float64]) -> None:
    """Add to `harm`, by the harmful one's row, each overlap's energy in mW µs."""
    begin, end, row = arrivals.begin, arrivals.end, arrivals.row
    milliwatts = 10 ** (arrivals.rssi_dbm / 10)
    for pairs in overlapping(begin, end):
        older, newer = pairs.indices()
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
    rows = np.arange(ROWS)
    with np.errstate(divide="ignore"):
        lead_db = 10 * np.log10(energy[:, None] / harm)
    return np.asarray((lead_db < table.needed(row[:, None], rows)).any(axis=1))
