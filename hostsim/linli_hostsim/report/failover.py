"""Which edge node served when, and each time in which none did."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..clockwork import US_PER_H, US_PER_S
from ..quantities import NOTHING, count, duration
from ..results import Results
from ..scenario import Scenario
from .drawing import COLOURS, Drawing, draw
from .interruptions import spans_h
from .listing import Listing

_MOST = 30


def drawing(results: Results, described: Scenario) -> Drawing | None:
    """Return the figure with the table of interruptions, None when there was none."""
    table = results.tables["interruptions"]
    if not len(table["start_us"]):
        return None
    end_h = results.meta.duration_s * US_PER_S / US_PER_H
    gaps = spans_h(results)
    nodes = [0, *(None if node is np.ma.masked else int(node) for node in table["node"])]
    starts = [0.0, *(gap[1] for gap in gaps)]
    ends = [*(gap[0] for gap in gaps), end_h]
    highest = described.edge.standbys

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for node, start, end in zip(nodes, starts, ends, strict=True):
            if node is not None:
                axes.plot((start, end), (node, node), color=COLOURS[0], lw=6, solid_capstyle="butt")
        for start, end in gaps:
            axes.axvspan(start, end, color=COLOURS[1], lw=1)
        axes.set(xlabel="simulated hour", ylabel="edge node", xlim=(0, end_h))
        axes.set(yticks=range(highest + 1), ylim=(-0.5, highest + 0.5))
        axes.grid(visible=False, axis="y")

    seconds = sum(end - start for start, end in gaps) * 3600
    served = 1 - seconds / results.meta.duration_s
    rows = [_row(dict(zip(table, row, strict=True))) for row in zip(*table.values(), strict=True)]
    return Drawing(
        "failover",
        "Failover",
        "Blue: the edge node that served. Orange: nobody did.",
        f"Which edge node served over time. {count(len(gaps))} interruptions, "
        f"{duration(round(seconds * 1e6))} in all; served {100 * served:.6g} % of the time.",
        draw("failover", 1.4 + 0.3 * highest, paint),
        Listing(
            f"Interruptions; in all {duration(round(seconds * 1e6))}, so that the edge served "
            f"{100 * served:.6g} % of the time",
            ["began at", "cause", "lasted", "then serves node", "packets not replicated"],
            rows[:_MOST],
            words=(0, 1),
            left_out=max(0, len(rows) - _MOST),
        ),
    )


def _row(row: dict[str, Any]) -> list[str]:
    start_us, end_us = row["start_us"], row["end_us"]
    ended = end_us is not np.ma.masked
    return [
        duration(int(start_us)),
        str(row["cause"]),
        duration(int(end_us - start_us)) if ended else "to the end",
        NOTHING if row["node"] is np.ma.masked else str(row["node"]),
        str(row["unreplicated"]),
    ]
