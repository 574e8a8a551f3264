"""What a cohort adds to the results of a run: a row for each device, and durations in bins."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .frames import Ints
from .histogram import Histogram


@dataclass(frozen=True, slots=True)
class Account:
    """Like devices of one `kind` (linli_protocol.codes) that send one kind of `message`.

    The arrays have a place for each device; energies are in J, lives of new cells in years.
    """

    kind: int
    message: int
    device: Ints
    offered: Ints
    delivered: Ints
    retransmissions: Ints
    bytes_on_air: Ints
    energy_j: NDArray[np.float64]
    battery_years: NDArray[np.float64]
    delivery: Histogram
