"""Figures as SVG, in an HTML page or a file: same style, same bytes for the same data."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matplotlib import rc_context
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from .listing import Listing

# Okabe and Ito, "Color Universal Design", 2008: told apart under every colour blindness.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LINE_STYLES = ("-", "--", "-.", ":")
INK = "#333333"

# Small, so that the text can still be read where the page is as wide as a phone.
WIDTH_IN = 5.6

_DECADES = 300.0
"""From this ratio on, one number a decade is enough."""

_STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.constrained_layout.use": True,
    "font.size": 10,
    "grid.color": "#dddddd",
    "legend.frameon": False,
    "svg.fonttype": "none",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure for the page: `svg` goes into it as it is; `alt` says what a reader would see.

    `listing` is a table with its numbers.
    """

    name: str
    title: str
    caption: str
    alt: str
    svg: str
    listing: Listing | None = None


def plain_log(axis: Axis) -> None:
    """Label a logarithmic axis, once it has its data, with plain numbers, however few decades."""
    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(subs=(1.0,) if high > _DECADES * low else (1.0, 2.0, 5.0)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(NullFormatter())


def image(salt: str, height_in: float, paint: Callable[[Figure], None]) -> str:
    """Return the SVG file of what `paint` puts on a figure; `salt` makes its ids."""
    out = io.StringIO()
    with rc_context({**_STYLE, "svg.hashsalt": salt}):
        figure = Figure(figsize=(WIDTH_IN, height_in))
        paint(figure)
        figure.savefig(out, format="svg", dpi=144, metadata={"Date": None, "Creator": None})
    return out.getvalue()


def draw(name: str, height_in: float, paint: Callable[[Figure], None]) -> str:
    """Return the SVG for a page of what `paint` puts on a figure.

    `name` keeps its ids apart from others'.
    """
    svg = image(name, height_in, paint)
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # Inside HTML the namespaces go without saying, and the page sets the size.
    head, rest = svg.split(">", 1)
    head = re.sub(r' (?:xmlns(?::xlink)?|width|height)="[^"]*"', "", head)
    rest = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", rest)
    return f'{head} aria-hidden="true">{rest}'
