"""One number with its unit and whose it is, and how a call's time becomes such a number."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter

BATCHES = 7
BATCH_S = 0.03


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured, `by` which implementation."""

    what: str
    by: str
    value: float
    unit: str


def call_time_us(call: Callable[[], object]) -> float:
    """Return the median over batches of the mean time of `call` in µs.

    Batches are sized to last 30 ms, which hides the clock's steps; the median hides what else the
    machine does meanwhile.
    """
    repeats = 1
    while (elapsed_s := _batch_s(call, repeats)) < BATCH_S / 4:
        repeats *= 2
    repeats = max(1, round(repeats * BATCH_S / elapsed_s))
    return median(_batch_s(call, repeats) for _ in range(BATCHES)) / repeats * 1e6


def _batch_s(call: Callable[[], object], repeats: int) -> float:
    begin_s = perf_counter()
    for _ in range(repeats):
        call()
    return perf_counter() - begin_s
