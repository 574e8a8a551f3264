"""The plots of docs/VALIDATION.md: ours as points over what is known."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..report.drawing import COLOURS, image
from . import aloha, delivery, erlang, lorasim, nbiot, queues, rs485, wifi
from .check import Result
from .closed_forms import (
    erlang_b,
    md1_mean_wait,
    mmc_mean_wait,
    pure_aloha,
    slotted_aloha,
)

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
    axes.plot(fine, [erlang_b(erlang.SERVERS, load) for load in fine], color=COLOURS[0])
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


def _lorasim(figure: Figure, results: Results) -> None:
    panels = figure.subplots(1, 2, sharey=True)
    fine = np.unique(np.geomspace(60, 1800, _FINE).astype(int)).tolist()
    rules: tuple[lorasim.Rule, ...] = ("simple", "full")
    for axes, rule in zip(panels, rules, strict=True):
        for experiment, colour in zip((0, 1, 4, 2, 3), COLOURS, strict=False):
            key = f"lorasim/exp{experiment}-{rule}"
            theirs = lorasim.MEASURED.get((experiment, rule), ())
            axes.plot(lorasim.NODES[: len(theirs)], theirs, "x", color="black", markersize=7)
            suffix = "" if theirs else "-closed"
            seen = [nodes for nodes in lorasim.NODES if f"{key}-{nodes}{suffix}" in results]
            ours = [results[f"{key}-{nodes}{suffix}"] for nodes in seen]
            _points(axes, seen, ours, colour, f"experiment {experiment}")
            if experiment in lorasim.WITH_CLOSED_FORM:
                form = [lorasim.closed_form(experiment, nodes, rule) for nodes in fine]
                axes.plot(fine, form, color=colour)
        axes.set(xlabel="nodes", title=f"{rule} check")
    panels[0].set(ylabel="delivery ratio")
    panels[0].plot([], [], "x", color="black", label="LoRaSim, measured")
    panels[0].legend(fontsize=8, loc=(0.3, 0.5))


def _nbiot(figure: Figure, results: Results) -> None:
    axes = figure.subplots()
    for (payload, interval_s), colour in zip(nbiot.LIFE_YEARS, COLOURS, strict=False):
        hours = interval_s // 3600
        names = [f"nbiot/life-{payload}B-{hours}h-{loss_db}dB" for loss_db in nbiot.LOSSES_DB]
        theirs = [results[name].check.theirs for name in names]
        axes.plot(nbiot.LOSSES_DB, theirs, "x", color="black", markersize=7)
        ours = [results[name] for name in names]
        _points(axes, nbiot.LOSSES_DB, ours, colour, f"{payload} B every {hours} h, simulated")
    axes.plot([], [], "x", color="black", label="published, recalled")
    axes.set(xlabel="coupling loss (dB)", ylabel="battery life (years)", ylim=(0, 40))
    axes.set_xticks(nbiot.LOSSES_DB)
    axes.legend(fontsize=8)


def _rs485(figure: Figure, results: Results) -> None:
    axes = figure.subplots()
    for baud, colour in zip(rs485.BAUDS, COLOURS, strict=False):
        axes.plot((1, 250), (rs485.cycle_s(baud, 1), rs485.cycle_s(baud, 250)), color=colour)
        ours = [results[f"rs485/{baud}-{devices}"] for devices in rs485.DEVICES]
        _points(axes, rs485.DEVICES, ours, colour, f"{baud} Bd")
    axes.set(xlabel="devices on the bus", ylabel="cycle (s)", xscale="log", yscale="log")
    axes.legend(fontsize=8)


def _queues(figure: Figure, results: Results) -> None:
    means, tails = figure.subplots(1, 2, sharex=True)
    kinds: list[tuple[str, str, Callable[[float], float]]] = [
        (f"mm{servers}", f"M/M/{servers}", partial(mmc_mean_wait, servers))
        for servers in queues.SERVERS
    ]
    kinds.append(("md1", "M/D/1", md1_mean_wait))
    fine = np.linspace(0.45, 0.955, 60).tolist()
    shares = sorted({share for some in queues.TAILS.values() for share in some})

    def ours(kind: str, name: str, utilisations: Sequence[float]) -> list[Result]:
        return [results[f"queues/{kind}-{at:.2f}-{name}"] for at in utilisations]

    for number, (kind, label, mean) in enumerate(kinds):
        colour = COLOURS[number]
        means.plot(fine, [mean(at) for at in fine], color=colour)
        every = queues.UTILISATIONS
        _points(means, every, ours(kind, "mean", every), colour, label)
        for share in shares:
            name = f"beyond-p{100 * share:g}"
            held = [at for at in every if f"queues/{kind}-{at:.2f}-{name}" in results]
            apart = [at + 0.006 * (number - 2) for at in held]
            _points(tails, apart, ours(kind, name, held), colour, label)
    for share in shares:
        tails.axhline(1 - share, color="black")
    means.set(xlabel="utilisation", yscale="log", title="mean wait (services)")
    means.legend(fontsize=8)
    tails.set(xlabel="utilisation", yscale="log", title="beyond p90, p99, p99.9")


def _wifi(figure: Figure, results: Results) -> None:
    axes = figure.subplots()
    for (rate_mbps, theirs), colour in zip(wifi.NS3_MBPS.items(), COLOURS, strict=False):
        axes.plot(wifi.STATIONS, theirs, color=colour, label=f"{rate_mbps} Mbit/s, ns-3")
        names = [f"wifi/simulated-{rate_mbps}-{stations}" for stations in wifi.STATIONS]
        if names[0] in results:
            ours = [results[name] for name in names]
            _points(axes, wifi.STATIONS, ours, colour, f"{rate_mbps} Mbit/s, simulated")
    axes.set(xlabel="stations", ylabel="throughput (Mbit/s)", ylim=(0, 45))
    axes.legend(fontsize=8, ncols=2, loc="upper right")


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
    "lorasim": Plot(
        "Delivery ratio over the number of nodes for LoRaSim's experiments: our points lie on "
        "LoRaSim's measurements and on the closed forms.",
        3.6,
        _lorasim,
    ),
    "nbiot": Plot(
        "Battery life over coupling loss for two payloads and two intervals: simulated points lie "
        "on the published ones.",
        3.2,
        _nbiot,
    ),
    "rs485": Plot(
        "Polling cycle over the number of devices at five rates: simulated points lie on the "
        "lines of Modbus RTU's timing.",
        3.2,
        _rs485,
    ),
    "wifi": Plot(
        "Throughput of a saturated Wi-Fi channel over the number of stations: simulated points lie "
        "on the lines of ns-3's figures.",
        3.2,
        _wifi,
    ),
    "queues": Plot(
        "Mean wait over utilisation for M/M/1 to M/M/8 and M/D/1, and the share that waits beyond "
        "the closed forms' percentiles: simulated points lie on the closed forms.",
        3.4,
        _queues,
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
