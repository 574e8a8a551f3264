"""What of a run's beginning to leave out: MSER-5 on its latencies, and the figures without it.

When a run begins all devices join at once and messages wait for that. White, An effective
truncation heuristic for bias reduction in simulation output, Simulation 69 (1997), 323-334; with
batches of five: White, Cobb and Spratt, A comparison of five steady-state truncation heuristics for
simulation, Proc. Winter Simulation Conference 2000, 755-760.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..clockwork import US_PER_H
from ..results import Results
from ..tables import Columns
from .figures import figures

BATCH = 5
# Fewer messages of a kind than this do not show a beginning; our own figure.
_LEAST = 10 * BATCH

# Figures whose tables tell when things happened; all others are of the whole run.
_CUT = ("alarm_", "channel_use_max", "delivery", "duty_max", "latency_")


def mser5(series: ArrayLike) -> int | None:
    """Return how many of the first values of `series` to leave out; None: it is too short to tell.

    Those without which the mean's standard error, as of independent values, is least: taken in
    batches of five, not more than half of them. Where half would have to go, the series has not
    settled, and neither has one of fewer than two batches.
    """
    values = np.asarray(series, np.float64)
    count = len(values) // BATCH
    if count < 2:
        return None
    batches = values[: BATCH * count].reshape(count, BATCH).mean(1)
    # Sums of squares lose no digits when their mean is near 0.
    batches = batches - batches.mean()
    left = np.arange(count, 0, -1)
    sums = batches[::-1].cumsum()[::-1]
    squares = (batches**2)[::-1].cumsum()[::-1]
    error = (squares - sums**2 / left) / left**2
    cut = int(np.argmin(error[: count // 2 + 1]))
    return None if cut == count // 2 else BATCH * cut


def warm_up_us(results: Results) -> int | None:
    """Return how long a run's beginning differs from the rest; None: it is too short to tell.

    The series of a device kind are the logarithms of its messages' latencies in the order of their
    offering: a few very late messages, of which there are always some, would else outweigh a
    beginning in which all are late. The kind that settles last decides; one with fewer than 50
    messages decides nothing.
    """
    latencies = results.tables["latencies"]
    cuts_us: list[int] = []
    for kind in set(latencies["kind"]):
        own = latencies["kind"] == kind
        offered_us, latency_us = latencies["offered_us"][own], latencies["latency_us"][own]
        if len(offered_us) < _LEAST:
            continue
        cut = mser5(np.log(np.maximum(latency_us, 1)))
        if cut is None:
            return None
        cuts_us.append(int(offered_us[cut]) if cut else 0)
    return max(cuts_us, default=None)


def figures_after(results: Results, warm_up_us: int) -> dict[str, float | None]:
    """Return a run's figures (see figures.figures) without what began before `warm_up_us`.

    Left out are messages offered, alarms raised and hours of air time begun before. A message that
    was never delivered counts always, since nothing tells when it was offered. Of the whole run
    remain: energy and batteries, bytes, retransmissions, availability, use of the hub.
    """
    whole = figures(results)
    if not warm_up_us:
        return whole
    tables = dict(results.tables)
    late = tables["latencies"]["offered_us"] >= warm_up_us
    devices = dict(tables["devices"])
    early = _messages_of(devices, _rows(tables["latencies"], ~late))
    for name in ("offered", "delivered"):
        devices[name] = devices[name] - early
    tables["devices"] = devices
    tables["latencies"] = _rows(tables["latencies"], late)
    tables["alarms"] = _rows(
        tables["alarms"], np.ma.getdata(tables["alarms"]["raised_us"]) >= warm_up_us
    )
    air = tables["airtime_by_hour"]
    tables["airtime_by_hour"] = _rows(air, air["hour"].astype(np.int64) * US_PER_H >= warm_up_us)
    cut = figures(replace(results, tables=tables))
    return {name: (cut if name.startswith(_CUT) else whole)[name] for name in whole}


def _rows(table: Columns, which: NDArray[np.bool_]) -> Columns:
    return {name: column[which] for name, column in table.items()}


def _messages_of(devices: Columns, latencies: Columns) -> NDArray[np.uint32]:
    """Return how many of the delivered messages `latencies` are each device's."""
    ids, counts = np.unique(latencies["device"], return_counts=True)
    messages = np.zeros(len(devices["device"]), np.uint32)
    # Devices come in the order of their addresses.
    messages[np.searchsorted(devices["device"], ids)] = counts
    return messages
