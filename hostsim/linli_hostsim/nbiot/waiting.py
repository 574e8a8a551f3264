"""Waiting times at equal servers, first come, first served, for whole arrays of arrivals."""

from heapq import heapify, heapreplace

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]


def waits_us(arrival_us: Times, service_us: Times, servers: int) -> Times:
    """Return how long each arrival waits for one of `servers`; arrivals are in order of time.

    As long as no more overlap than there are servers nobody waits, which arrays tell at once; only
    the times of congestion are gone through one by one.
    """
    waits = np.zeros(len(arrival_us), np.int64)
    ends = arrival_us + service_us
    ended = np.searchsorted(np.sort(ends), arrival_us, side="right")
    congested = np.flatnonzero(np.arange(len(ends)) - ended >= servers)
    longest_us = int(service_us.max(initial=0))
    index = 0
    while (position := int(np.searchsorted(congested, index))) < len(congested):
        first = int(congested[position])
        oldest = int(np.searchsorted(arrival_us, arrival_us[first] - longest_us))
        in_service = ends[oldest:first]
        free = in_service[in_service > arrival_us[first]].tolist()
        index = _congestion(arrival_us, service_us, waits, first, free)
    return waits


def _congestion(
    arrival_us: Times, service_us: Times, waits: Times, first: int, free_us: list[int]
) -> int:
    """Fill in `waits` from `first` on; return from where on nobody is left who waited.

    `free_us` has the time at which each server is free.
    """
    heapify(free_us)
    last_us = 0
    for index in range(first, len(waits)):
        arrives_us = int(arrival_us[index])
        if index > first and arrives_us >= last_us:
            return index
        begins_us = max(arrives_us, free_us[0])
        heapreplace(free_us, begins_us + int(service_us[index]))
        if begins_us > arrives_us:
            waits[index] = begins_us - arrives_us
            last_us = max(last_us, begins_us + int(service_us[index]))
    return len(waits)
