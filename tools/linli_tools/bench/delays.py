"""How long things took: what is told of many delays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Delays:
    """Of `count` delays, in s: the median, the 99th percentile, the longest."""

    count: int
    p50_s: float
    p99_s: float
    longest_s: float


def delays(seconds: "Sequence[float] | np.ndarray") -> Delays:
    """Return what is told of delays; of none, zeros."""
    if not len(seconds):
        return Delays(0, 0.0, 0.0, 0.0)
    p50, p99 = np.percentile(seconds, [50, 99])
    return Delays(len(seconds), float(p50), float(p99), float(np.max(seconds)))
