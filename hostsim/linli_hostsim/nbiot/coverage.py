"""Coverage classes: what a cell configures for devices by how weakly it hears them.

A device belongs to the class of its coupling loss: all that is lost between the antenna ports of
base station and device, antenna gains included.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

MAX_LOSS_DB = 164.0
"""Beyond it nothing is understood: the coverage target of 3GPP TR 45.820, clause 4.1 (recalled)."""

CLASS_LIMITS_DB = (144.0, 154.0)
"""Greatest loss of classes 0 and 1: GSM's coverage, and 10 dB more (TR 45.820, recalled)."""

PREAMBLE_S = 0.0064
"""One preamble: four symbol groups of 1.6 ms, cyclic prefix 266.7 µs (3GPP TS 36.211, 10.1.6)."""
PREAMBLE_HZ = 3_750
CARRIER_HZ = 180_000

_TIMER_PERIODS = 32
_LONGEST_TIMER_S = 10.24


class Mode(Enum):
    """Where the carrier lies: by itself, beside an LTE carrier, or within one."""

    STAND_ALONE = "stand-alone"
    GUARD_BAND = "guard-band"
    IN_BAND = "in-band"


@dataclass(frozen=True, slots=True)
class CoverageClass:
    """How devices of one class ask for access.

    Every `nprach_period_s` each asks on one of `preambles` subcarriers, `nprach_repetitions` times;
    `npdcch_repetitions` and `npdcch_start` (G) make the period of the answers.
    """

    number: int
    nprach_period_s: float
    preambles: int
    nprach_repetitions: int
    npdcch_repetitions: int
    npdcch_start: float

    @property
    def nprach_s(self) -> float:
        """How long one attempt is on the air."""
        return self.nprach_repetitions * PREAMBLE_S

    @property
    def npdcch_period_s(self) -> float:
        """How often a grant can come: Rmax · G subframes of 1 ms (TS 36.213, 16.6)."""
        return self.npdcch_repetitions * self.npdcch_start / 1000

    @property
    def contention_s(self) -> float:
        """When an attempt that collided is known to be lost.

        The contention resolution timer: 32 NPDCCH periods (LENA-NB), at most 10.24 s (TS 36.331,
        recalled).
        """
        return min(_TIMER_PERIODS * self.npdcch_period_s, _LONGEST_TIMER_S)

    @property
    def carrier_share(self) -> float:
        """The part of the uplink carrier that this class's NPRACH takes."""
        width = self.preambles * PREAMBLE_HZ / CARRIER_HZ
        return width * self.nprach_s / self.nprach_period_s


CLASSES = (
    CoverageClass(0, 0.320, 12, 1, 8, 2.0),
    CoverageClass(1, 0.640, 12, 8, 64, 1.5),
    CoverageClass(2, 2.560, 12, 32, 512, 4.0),
)
"""As in a Vodafone cell: LENA-NB (Jörke, Gebauer, Wietfeld 2022), lte-enb-rrc.cc."""


def class_number(loss_db: float | NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the number of the coverage class for a coupling loss."""
    return np.asarray(np.searchsorted(CLASS_LIMITS_DB, loss_db), np.intp)
