"""What was under way at the end of each hour: how a backlog builds up and goes away."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from ..quantities import count
from ..results import Results
from . import interruptions
from .drawing import COLOURS, Drawing, draw


def by_kind(results: Results) -> dict[str, NDArray[np.int64]]:
    """Return each kind's messages under way at the end of every hour of the run."""
    backlog = results.tables["backlog"]
    hours = -(-results.meta.duration_s // 3600)
    found = {}
    for kind in sorted(set(backlog["kind"])):
        own = backlog["messages"][backlog["kind"] == kind].astype(np.int64)[:hours]
        # After the last change it stays as it was.
        found[kind] = np.pad(own, (0, hours - len(own)), mode="edge")
    return found


def drawing(results: Results) -> Drawing | None:
    """Return the figure, None when nothing was ever under way at the end of an hour."""
    kinds = by_kind(results)
    total = np.sum(list(kinds.values()), axis=0) if kinds else np.zeros(1, np.int64)
    if not total.any():
        return None

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        # Over each hour what there was at its end.
        hours = np.arange(len(total) + 1)
        ends = [np.pad(found, (1, 0)) for found in kinds.values()]
        axes.stackplot(hours, ends, labels=list(kinds), colors=COLOURS, step="pre", lw=0)
        interruptions.shade(axes, results)
        axes.set(xlabel="simulated hour", ylabel="messages under way", ylim=(0, None))
        axes.set_xlim(0, len(total))
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        figure.legend(loc="outside upper left", ncols=4)

    most = int(total.argmax())
    return Drawing(
        "backlog",
        "Backlog",
        "Messages that apps have handed over and the hub has not, at the end of each hour; those "
        "given up for good are left out, cohorts are not in it." + interruptions.note(results),
        f"Messages under way by hour. Most, {count(int(total[most]))}, at the end of hour "
        f"{most + 1}; {count(int(total[-1]))} at the end of the run."
        + interruptions.spoken(results),
        draw("backlog", 3.0, paint),
    )
