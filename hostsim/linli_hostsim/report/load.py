"""How busy each hour was: packets by bearer and hour."""

import numpy as np
from matplotlib.figure import Figure

from ..quantities import count
from ..results import Results
from . import interruptions
from .drawing import COLOURS, Drawing, draw


def drawing(results: Results) -> Drawing | None:
    """Return the figure, None when nothing was transmitted."""
    air = results.tables["airtime_by_hour"]
    if not len(air["hour"]):
        return None
    hours = np.arange(-(-results.meta.duration_s // 3600))
    bearers = sorted(set(air["bearer"]))
    by_bearer = {
        bearer: np.bincount(
            air["hour"][air["bearer"] == bearer],
            air["packets"][air["bearer"] == bearer],
            minlength=len(hours),
        )
        for bearer in bearers
    }
    total = np.sum(list(by_bearer.values()), axis=0)

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        below = np.zeros(len(total))
        for number, (bearer, packets) in enumerate(by_bearer.items()):
            axes.bar(
                np.arange(len(total)) + 0.5,
                packets,
                width=0.9,
                bottom=below,
                label=bearer,
                color=COLOURS[number % len(COLOURS)],
            )
            below += packets
        interruptions.shade(axes, results)
        axes.set(xlabel="simulated hour", ylabel="packets", xlim=(0, len(total)))
        axes.grid(visible=False, axis="x")
        figure.legend(loc="outside upper left", ncols=4)

    busiest = int(total.argmax())
    return Drawing(
        "load",
        "Load by hour",
        "Packets put on each bearer in each hour, in both directions, retries included."
        + interruptions.note(results),
        f"Packets by hour and bearer. The busiest hour is {busiest} to {busiest + 1}, with "
        f"{count(int(total[busiest]))} packets; the mean is {count(round(float(total.mean())))}."
        + interruptions.spoken(results),
        draw("load", 3.0, paint),
    )
