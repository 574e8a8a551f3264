"""Which frames find no demodulator free, exactly: in arrays where there is room, else in order."""

import heapq

import numpy as np

from .frames import Flags, Ints


def refused(begin: Ints, end: Ints, is_new: Flags, demodulators: int) -> Flags:
    """Tell which frames find `demodulators` others held.

    The frames come in the order of `begin`; times of different gateways must be far apart. Frames
    that are not new hold theirs already.
    """
    out = np.zeros(len(begin), np.bool_)
    if len(begin) <= demodulators:
        return out
    longest = int((end - begin).max())
    # No refusal where no frame begins within the longest airtime after so many others.
    if (begin[demodulators:] - begin[:-demodulators] >= longest).all():
        return out
    # If none were refused, this many would be held when each begins.
    ended = np.searchsorted(np.sort(end), begin, side="right")
    held = np.arange(len(begin)) - ended
    free_from = 0
    for first in np.flatnonzero((held >= demodulators) & is_new).tolist():
        if first >= free_from:
            free_from = _busy_stretch(begin, end, first, longest, demodulators, is_new, out)
    return out


def _busy_stretch(
    begin: Ints,
    end: Ints,
    first: int,
    longest: int,
    demodulators: int,
    is_new: Flags,
    out: Flags,
) -> int:
    """Go through the frames from `first` until no refused one would be on the air any more.

    Return the number of the frame that comes next.
    """
    earliest = int(np.searchsorted(begin, begin[first] - longest))
    # Of those refused before none is on the air any more.
    ends = [at for at in end[earliest:first].tolist() if at > begin[first]]
    heapq.heapify(ends)
    refused_until = -1
    number = first
    for number in range(first, len(begin)):
        now = int(begin[number])
        if refused_until != -1 and now >= refused_until:
            return number
        while ends and ends[0] <= now:
            heapq.heappop(ends)
        if len(ends) >= demodulators and is_new[number]:
            out[number] = True
            refused_until = max(refused_until, int(end[number]))
        else:
            heapq.heappush(ends, int(end[number]))
    return number + 1
