"""Random numbers that belong to things, not to the order in which they are asked for."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

# SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = (np.uint64(bits) for bits in (30, 27, 31, 11))


def uniform(seed: int, purpose: int, *keys: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return for each row of `keys` its number in [0, 1), the same whenever it is asked for."""
    state = _begun(seed, purpose)
    for key in keys:
        state = _mixed(state + key.astype(np.uint64) * _STEP)
    return np.asarray((state >> _11) * 2.0**-53)


@lru_cache
def _begun(seed: int, purpose: int) -> NDArray[np.uint64]:
    begun = np.array([seed & (1 << 64) - 1], np.uint64)
    return _mixed(begun + np.array([purpose]).astype(np.uint64) * _STEP)


def _mixed(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = state + _STEP
    state = (state ^ (state >> _30)) * _FIRST
    state = (state ^ (state >> _27)) * _SECOND
    return state ^ (state >> _31)
