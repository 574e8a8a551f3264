"""How long cells last: a histogram of the devices that have one."""

import numpy as np
from matplotlib.figure import Figure

from ..quantities import count, years
from ..results import Results
from .drawing import COLOURS, LINE_STYLES, Drawing, draw, plain_log
from .listing import Listing

_WORST = 0.1
_BINS = 40
_WIDE = 3.0
"""From this ratio of the longest life to the shortest on, the scale is logarithmic."""


def drawing(results: Results) -> Drawing | None:
    """Return the figure, None when no device has a cell."""
    devices = results.tables["devices"]
    lives = np.ma.asarray(devices["battery_years"])
    by_kind = {
        kind: lives[devices["kind"] == kind].compressed() for kind in sorted(set(devices["kind"]))
    }
    by_kind = {kind: found for kind, found in by_kind.items() if len(found)}
    if not by_kind:
        return None
    every = np.concatenate(list(by_kind.values()))
    low, high = float(every.min()), float(every.max())
    is_wide = high > _WIDE * low
    if is_wide:
        edges = np.geomspace(low * 0.9, high * 1.1, _BINS + 1)
    else:
        edges = np.linspace(low * 0.95, high * 1.05, _BINS + 1)
    deciles = {
        kind: float(np.quantile(found, _WORST, method="inverted_cdf"))
        for kind, found in by_kind.items()
    }

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for number, (kind, found) in enumerate(by_kind.items()):
            axes.stairs(
                100 * np.histogram(found, edges)[0] / len(found),
                edges,
                fill=True,
                alpha=0.7,
                color=COLOURS[number],
                label=kind,
            )
            style = LINE_STYLES[1 + number % 3]
            axes.axvline(deciles[kind], color=COLOURS[number], linestyle=style)
        axes.set(xlabel="life of a new cell (years)", ylabel="devices of the kind (%)")
        if is_wide:
            axes.set_xscale("log")
            plain_log(axes.xaxis)
        figure.legend(loc="outside upper left", ncols=3)

    rows = [
        [
            kind,
            count(len(found)),
            years(float(found.min())),
            years(deciles[kind]),
            years(float(np.median(found))),
            years(float(found.max())),
        ]
        for kind, found in by_kind.items()
    ]
    spoken = "; ".join(f"{row[0]}: median {row[4]}, first empty after {row[2]}" for row in rows)
    return Drawing(
        "batteries",
        "Batteries",
        "How long a new cell lasts at the rate of this run; a broken line marks what all but the "
        "worst tenth of a kind reach.",
        f"Histogram of cell lives by device kind. {spoken}.",
        draw("batteries", 3.0, paint),
        Listing(
            "Lives of new cells",
            ["kind", "devices", "least", "worst tenth below", "median", "most"],
            rows,
        ),
    )
