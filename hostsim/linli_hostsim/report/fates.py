"""What became of the packets: one stacked bar for each bearer and direction."""

import numpy as np
from matplotlib.figure import Figure

from ..packet import Fate
from ..quantities import count, share
from ..results import Results
from .drawing import COLOURS, Drawing, draw

# There are more fates than colours: those that share one are told apart by hatching.
_HATCHES = ("", "////", "....")


def drawing(results: Results) -> Drawing | None:
    """Return the figure, None when no packet was sent."""
    fates = results.tables["fates"]
    bars = sorted(
        set(zip(fates["bearer"], fates["direction"], strict=True)),
        # From the lowest bar to the highest: of each bearer, uplink above downlink.
        key=lambda bar: (bar[0], bar[1] == "down"),
        reverse=True,
    )
    if not bars:
        return None
    found = list(zip(*fates.values(), strict=True))
    packets = {(bearer, way, fate): int(number) for bearer, way, fate, number, _, _ in found}
    totals = {bar: sum(number for key, number in packets.items() if key[:2] == bar) for bar in bars}
    labels = [f"{bearer} {way}\n{count(totals[bearer, way])}" for bearer, way in bars]
    words = [fate.name.lower().replace("_", " ") for fate in Fate]
    words = [word for word in words if any(key[2] == word for key in packets)]

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        left = np.zeros(len(bars))
        for number, word in enumerate(words):
            widths = np.array([100 * packets.get((*bar, word), 0) / totals[bar] for bar in bars])
            axes.barh(
                labels,
                widths,
                left=left,
                label=word,
                color=COLOURS[number % len(COLOURS)],
                hatch=_HATCHES[number // len(COLOURS)],
                edgecolor="white",
                linewidth=0.5,
            )
            left += widths
        axes.set(xlabel="share of packets (%)", xlim=(0, 100))
        axes.grid(visible=False, axis="y")
        figure.legend(loc="outside upper left", ncols=3)

    delivered = {bar: packets.get((*bar, "delivered"), 0) for bar in bars}
    spoken = "; ".join(
        f"{bearer} {way}: {share(delivered[bearer, way], totals[bearer, way])} delivered"
        for bearer, way in reversed(bars)
    )
    return Drawing(
        "fates",
        "Packet fates",
        "Every packet ends in exactly one fate; packets of a bearer and direction stand below its "
        "name. A message whose packet was lost is sent again.",
        f"Shares of packet fates by bearer and direction. {spoken}.",
        draw("fates", 1.6 + 0.5 * len(bars), paint),
    )
