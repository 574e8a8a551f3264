"""The plots of docs/VALIDATION.md: ours as points over what is known."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..lora.gateway import DEMODULATORS
from ..report.drawing import COLOURS, image
from . import aloha, delivery, erlang
from .check import Result
from .closed_forms import erlang_b, pure_aloha, slotted_aloha

Results = Mapping[str, Result]
"""By the check's name."""

_FINE = 200


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure of one group; `alt` says what a reader would see."""

    alt: str
    height_in: float
    paint: Callable[[Figure, Results], None]

    def svg(self, results: Results) -> str:
        """Return the file's content, the same bytes for the same results."""
        return image("validation", self.height_in, lambda figure: self.paint(figure, results))


def _points(
    axes: Axes, at: Sequence[float], results: Sequence[Result], colour: str, label: str
) -> None:
    """Draw our means, each with three standard errors on either side."""
    axes.errorbar(
        at,
        [result.ours for result in results],
        yerr=[3 * result.standard_error for result in results],
        fmt="o",
        markersize=4,
        capsize=2,
        color=colour,
        label=label,
    )


def _aloha(figure: Figure, results: Results) -> None:
    axes = figure.subplots()
    fine = np.linspace(0, 2.05, _FINE)
    for kind, loads, formula, colour in (
        ("slotted", aloha.SLOTTED_LOADS, slotted_aloha, COLOURS[1]),
        ("pure", aloha.PURE_LOADS, pure_aloha, COLOURS[0]),
    ):
        axes.plot(fine, [formula(load) for load in fine], color=colour)
        ours = [results[f"aloha/{kind}-{load:g}"] for load in loads]
        _points(axes, loads, ours, colour, f"{kind}, simulated")
    axes.set(xlabel="offered load (E)", ylabel="throughput (E)")
    axes.legend()


def _erlang(figure: Figure, results: Results) -> None:
    axes = figure.subplots()
    fine = np.linspace(0.5, 8.2, _FINE)
    axes.plot(fine, [erlang_b(DEMODULATORS, load) for load in fine], color=COLOURS[0])
    seen = [load for load in erlang.LOADS if results[f"erlang/{load:g}"].ours]
    _points(axes, seen, [results[f"erlang/{load:g}"] for load in seen], COLOURS[0], "SF7")
    mixed = [results[f"erlang/mixed-{load:g}"] for load in erlang.MIXED_LOADS]
    _points(axes, erlang.MIXED_LOADS, mixed, COLOURS[1], "SF7 to SF12 mixed")
    axes.set(xlabel="offered load (E)", ylabel="frames without a demodulator", yscale="log")
    axes.legend(loc="lower right")


def _delivery(figure: Figure, results: Results) -> None:
    axes = figure.subplots()
    fine = np.unique(np.geomspace(50, 1800, _FINE).astype(int))
    for rule, colour in (("capture", COLOURS[0]), ("simple", COLOURS[1])):
        form = [delivery.closed_form(int(nodes), rule == "capture") for nodes in fine]
        axes.plot(fine, form, color=colour)
        ours = [results[f"delivery/{rule}-{nodes}"] for nodes in delivery.NODES]
        _points(axes, delivery.NODES, ours, colour, f"{rule}, simulated")
        theirs = [one.check.theirs for one in ours]
        axes.plot(delivery.NODES, theirs, "x", color="black", markersize=7)
    axes.plot([], [], "x", color="black", label="LoRaSim, measured")
    axes.set(xlabel="nodes", ylabel="delivery ratio")
    axes.legend()


PLOTS: dict[str, Plot] = {
    "aloha": Plot(
        "Throughput over offered load: simulated points lie on the curves of pure and slotted "
        "ALOHA.",
        3.2,
        _aloha,
    ),
    "erlang": Plot(
        "Share of frames without a demodulator over offered load: simulated points lie on Erlang's "
        "loss formula, also when frames of all spreading factors are mixed.",
        3.2,
        _erlang,
    ),
    "delivery": Plot(
        "Delivery ratio over the number of nodes, with and without capture: simulated points lie "
        "on the closed forms and on LoRaSim's measurements.",
        3.2,
        _delivery,
    ),
}
"""By group; not every group has one."""


def overview(results: Sequence[Result]) -> str:
    """Return the SVG of every inexact check's deviation as a part of what is allowed."""
    inexact = [result for result in results if result.allowed]
    groups = list(dict.fromkeys(result.check.name.partition("/")[0] for result in inexact))

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for number, group in enumerate(groups):
            own = [
                result.deviation / result.allowed
                for result in inexact
                if result.check.name.startswith(f"{group}/")
            ]
            axes.plot(own, [number] * len(own), "|", markersize=10, color=COLOURS[0])
        for limit in (-1, 1):
            axes.axvline(limit, color=COLOURS[1], linestyle="--")
        axes.set(xlabel="deviation / greatest deviation allowed", xlim=(-1.2, 1.2))
        axes.set_yticks(range(len(groups)), groups)
        axes.invert_yaxis()

    return image("validation", 0.8 + 0.28 * len(groups), paint)
