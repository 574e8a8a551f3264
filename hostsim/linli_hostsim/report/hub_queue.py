"""The hub by hour: how much of its time it served packets, and how many waited for it."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..quantities import count
from ..results import Results
from ..scenario import Scenario
from . import interruptions
from .drawing import COLOURS, Drawing, draw
from .occupancy import hours_us


def drawing(results: Results, described: Scenario) -> Drawing | None:
    """Return the figure, None when no packet came."""
    hub = results.tables["hub_by_hour"]
    if not len(hub["hour"]):
        return None
    length_us = hours_us(results.meta.duration_s)
    hours = len(length_us)
    busy_us, waiting = np.zeros(hours), np.zeros(hours)
    busy_us[hub["hour"]] = hub["busy_us"]
    waiting[hub["hour"]] = hub["waiting_most"]
    percent = 100 * busy_us / length_us / described.hub.servers
    edges = np.arange(hours + 1)

    def paint(figure: Figure) -> None:
        upper, lower = figure.subplots(2, sharex=True)
        for axes, values, label, colour in (
            (upper, percent, "servers busy (%)", COLOURS[0]),
            (lower, waiting, "most that waited", COLOURS[1]),
        ):
            axes.stairs(values, edges, fill=True, color=colour)
            axes.set(ylabel=label, xlim=(0, hours), ylim=(0, None))
            interruptions.shade(axes, results)
        lower.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
        lower.set(xlabel="simulated hour")

    return Drawing(
        "hub",
        "The hub and its queue",
        f"Above: how much of each hour its {count(described.hub.servers)} server(s) worked. Below: "
        "the most packets that waited at once." + interruptions.note(results),
        f"Use of the hub by hour: {percent.max():.2g} % in the busiest; at most "
        f"{count(int(waiting.max()))} packets waited." + interruptions.spoken(results),
        draw("hub", 3.6, paint),
    )
