"""Many timelines laid end to end: intervals by group and time, and which of them overlap."""

from collections.abc import Iterator

import numpy as np

from .frames import Ints

_INDEX_BITS = 32


def order_by_group(group: Ints) -> Ints:
    """Return the order that sorts by `group` and keeps the order within each."""
    # One sort of plain integers, which carry their index: three times faster than an argsort.
    packed = (group << _INDEX_BITS) | np.arange(len(group))
    packed.sort()
    return packed & ((1 << _INDEX_BITS) - 1)


def overlapping(begin: Ints, end: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Yield all pairs of intervals that overlap, as indices of the older and of the newer.

    The intervals come in the order of `begin`. Within one yield no interval is the older one twice,
    nor the newer one; an older one meets its newer ones in their order. The cost is that of the
    pairs there are, for an interval that does not reach its k-th follower reaches no later one.
    """
    older = np.flatnonzero(begin[1:] < end[:-1])
    lag = 1
    while len(older):
        yield older, older + lag
        lag += 1
        older = older[: np.searchsorted(older, len(begin) - lag)]
        older = older[begin[older + lag] < end[older]]
