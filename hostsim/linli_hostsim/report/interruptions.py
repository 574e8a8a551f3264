"""Times without service at the edge, marked in a figure over simulated hours."""

from typing import TYPE_CHECKING

import numpy as np

from ..clockwork import US_PER_H, US_PER_S
from ..results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def spans_h(results: Results) -> list[tuple[float, float]]:
    """Return when each began and ended, in hours; the end of the run where it did not end."""
    table = results.tables["interruptions"]
    ends_us = np.ma.filled(np.ma.asarray(table["end_us"]), results.meta.duration_s * US_PER_S)
    return [
        (start_us / US_PER_H, end_us / US_PER_H)
        for start_us, end_us in zip(table["start_us"].tolist(), ends_us.tolist(), strict=True)
    ]


def shade(axes: "Axes", results: Results) -> None:
    """Hatch each, whatever colours are below; one too short to see still has its edges."""
    for start_h, end_h in spans_h(results):
        axes.axvspan(start_h, end_h, facecolor="#ffffff66", edgecolor="black", hatch="///")


def note(results: Results) -> str:
    """Return a sentence on that for a caption; empty where there is none."""
    return " Hatched: no service at the edge." if spans_h(results) else ""


def spoken(results: Results) -> str:
    """Return what a reader would see of that; empty where there is none."""
    spans = spans_h(results)
    if not spans:
        return ""
    hours = sum(end_h - start_h for start_h, end_h in spans)
    return f" Without service at the edge: {len(spans)} times, {hours:.2g} hours in all."
