"""How long messages took: complementary distribution functions by device kind."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..quantities import NOTHING, count, duration
from ..results import Results
from ..summary import KindSummary, quantiles
from .drawing import COLOURS, LINE_STYLES, Drawing, draw, plain_log
from .listing import Listing

_LISTED = [0.5, 0.9, 0.99, 0.999, 0.9999]
_MARKED = {0.5: "o", 0.99: "s", 0.999: "^"}
_POINTS = 300


def tail(
    latency_us: NDArray[np.int64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return (latencies in µs, share of all that took longer), at most some hundred points.

    There are `counts` of each latency. Every point lies on their distribution; points are as dense
    in the tail as in the bulk. The maximum, than which none took longer, has no place on a
    logarithmic axis and is left out.
    """
    values_us, which = np.unique(latency_us, return_inverse=True)
    reached = np.cumsum(np.bincount(which, counts).astype(np.int64))
    total = int(reached[-1])
    wanted = np.unique(np.geomspace(1, total, _POINTS).astype(np.int64))
    place = np.unique(np.searchsorted(reached, total - wanted[wanted < total]))
    longer = total - reached[place]
    return values_us[place[longer > 0]], longer[longer > 0] / total


def _latencies(results: Results, kind: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return a kind's latencies in µs and how many there are of each; bins at their upper ends."""
    rows, bins = results.tables["latencies"], results.tables["latency_bins"]
    single_us = rows["latency_us"][rows["kind"] == kind]
    own = bins["kind"] == kind
    counts = np.concatenate((np.ones(len(single_us)), bins["messages"][own])).astype(np.int64)
    return np.concatenate((single_us, bins["up_to_us"][own])), counts


def _curve(
    axes: Axes,
    kind: KindSummary,
    latency_us: NDArray[np.int64],
    counts: NDArray[np.int64],
    number: int,
) -> None:
    colour = COLOURS[number % len(COLOURS)]
    taken_us, longer = tail(latency_us, counts)
    axes.step(
        taken_us / 1e6,
        longer,
        where="post",
        color=colour,
        linestyle=LINE_STYLES[number % len(LINE_STYLES)],
        label=kind.kind,
    )
    marked_us = quantiles(latency_us, list(_MARKED), counts)
    for share, at_us in zip(_MARKED, marked_us, strict=True):
        if kind.latency.count * (1 - share) >= 1:
            axes.plot(at_us / 1e6, 1 - share, _MARKED[share], color=colour, markersize=5)


def drawing(results: Results) -> Drawing | None:
    """Return the figure, None when nothing was delivered."""
    kinds = [kind for kind in results.kinds if kind.latency.count > 1]
    if not kinds:
        return None

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for number, kind in enumerate(kinds):
            _curve(axes, kind, *_latencies(results, kind.kind), number)
        axes.set(xscale="log", yscale="log", xlabel="latency (s)", ylabel="share that took longer")
        plain_log(axes.xaxis)
        axes.legend(loc="lower left")

    undelivered = sum(kind.offered - kind.delivered for kind in kinds)
    spoken = "; ".join(
        f"{kind.kind}: half within {duration(kind.latency.p50_us)}, 99 % within "
        f"{duration(kind.latency.p99_us)}, all within {duration(kind.latency.max_us)}"
        for kind in kinds
    )
    return Drawing(
        "latency",
        "Latency of delivered messages",
        "From the app to the hub. Circles mark the median, squares p99, triangles p99.9. "
        f"{count(undelivered)} messages that were not delivered are not in the curves.",
        f"Share of messages that took longer than a given time, by device kind. {spoken}.",
        draw("latency", 3.4, paint),
        _listing(results, kinds),
    )


def _listing(results: Results, kinds: list[KindSummary]) -> Listing:
    rows = []
    for kind in kinds:
        latency_us, counts = _latencies(results, kind.kind)
        taken_us = quantiles(latency_us, _LISTED, counts)
        # Fewer messages than this do not have such a quantile.
        known = [
            duration(taken) if kind.latency.count * (1 - share) >= 1 else NOTHING
            for share, taken in zip(_LISTED, taken_us, strict=True)
        ]
        most = duration(kind.latency.max_us)
        rows.append([kind.kind, count(kind.latency.count), *known, most])
    return Listing(
        "Percentiles: so many of the kind's delivered messages took no longer",
        ["kind", "delivered", *(f"{100 * share:g} %" for share in _LISTED), "all"],
        rows,
    )
