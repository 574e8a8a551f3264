"""How long messages took: complementary distribution functions by device kind."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..quantities import count, duration
from ..results import Results
from ..summary import KindSummary, quantiles
from .drawing import COLOURS, LINE_STYLES, Drawing, draw

_MARKED = {0.5: "o", 0.99: "s", 0.999: "^"}
_POINTS = 300


def tail(latency_us: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return (latencies in µs, share of all that took longer), some hundred points of the curve.

    Every point lies on the empirical distribution; points are as dense in the tail as in the bulk.
    The last point, the maximum with share 0, has no place on a logarithmic axis and is left out.
    """
    ordered = np.sort(latency_us)
    longer = np.unique(np.geomspace(1, len(ordered), _POINTS).astype(np.int64))[::-1]
    longer = longer[longer < len(ordered)]
    return ordered[len(ordered) - 1 - longer], longer / len(ordered)


def _curve(axes: Axes, kind: KindSummary, latency_us: NDArray[np.int64], number: int) -> None:
    colour = COLOURS[number % len(COLOURS)]
    taken_us, longer = tail(latency_us)
    axes.step(
        taken_us / 1e6,
        longer,
        where="post",
        color=colour,
        linestyle=LINE_STYLES[number % len(LINE_STYLES)],
        label=kind.kind,
    )
    for share, at_us in zip(_MARKED, quantiles(latency_us, list(_MARKED)), strict=True):
        if len(latency_us) * (1 - share) >= 1:
            axes.plot(at_us / 1e6, 1 - share, _MARKED[share], color=colour, markersize=5)


def drawing(results: Results) -> Drawing | None:
    """Return the figure, None when nothing was delivered."""
    latencies = results.tables["latencies"]
    kinds = [kind for kind in results.kinds if kind.latency.count > 1]
    if not kinds:
        return None

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for number, kind in enumerate(kinds):
            _curve(axes, kind, latencies["latency_us"][latencies["kind"] == kind.kind], number)
        axes.set(xscale="log", yscale="log", xlabel="latency (s)", ylabel="share that took longer")
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
    )
