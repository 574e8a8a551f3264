"""The page of a folder of trials: what load does to delivery, and each setting to each figure."""

from collections import defaultdict
from math import inf, isfinite

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .. import scenario
from ..experiments.figures import FIGURES
from ..experiments.intervals import MeanInterval
from ..quantities import NOTHING, count
from . import html
from .answers import Answer
from .drawing import COLOURS, LINE_STYLES, Drawing, draw, plain_log
from .listing import Listing
from .trials import Design, Trials, number_or

SHOWN = ("delivery", "alarm_p99_s", "latency_p99_s", "battery_years", "channel_use_max")

_MOST_ROWS = 60
_MOST_SERIES = 6
_MARKERS = "os^Dv*"
_WIDE = 8.0
"""From this ratio of the largest load to the smallest on, the scale is logarithmic."""


def render(trials: Trials) -> str:
    """Return the page."""
    first = trials.designs[0]
    drawings = [_load(trials), _factors(trials)]
    keys = [f" --set {key}={','.join(values)}" for key, values in trials.factors.items()]
    return html.page(
        "sweep.html",
        title=f"{trials.name}, trials",
        trials=trials,
        runs=count(sum(len(design.figures) for design in trials.designs)),
        again="".join(keys),
        answers=answers(trials),
        drawings=[drawing for drawing in drawings if drawing],
        designs=designs(trials),
        settings=list(html.settings(scenario.parse(first.toml, trials.name))),
        scenario_toml=first.toml,
    )


def answers(trials: Trials) -> list[Answer]:
    """Return, of each figure shown, the settings with the best mean."""
    found = []
    for name in SHOWN:
        figure = FIGURES[name]
        known = [(each, design) for design in trials.designs if (each := design.interval(name))]
        if not known:
            continue
        sign = 1 if figure.better == "more" else -1
        best, design = max(known, key=lambda pair: sign * pair[0].mean)
        ties = sum(
            sign * (each.mean - best.mean) >= -_half_width(each) - _half_width(best)
            for each, _ in known
        )
        beside = "" if ties == 1 else f"; {count(ties - 1)} more cannot be told from it"
        named = ", ".join(f"{key}={design.settings.get(key)}" for key in trials.factors)
        text = f"With {named or 'all as it is'}: {_mean(best)} {_unit(name)}".rstrip() + beside
        found.append(Answer(f"Where is {name} best?", f"{text}.", None))
    return found


def designs(trials: Trials) -> Listing:
    """Return a row for each design, with the means of the figures shown."""
    factors = list(trials.factors)
    rows = [
        [
            *(design.settings.get(key, NOTHING) for key in factors),
            str(len(design.figures)),
            *(_mean(design.interval(name)) for name in SHOWN),
        ]
        for design in trials.designs
    ]
    return Listing(
        "Means, ± half the width of their 95 % intervals where there are several trials",
        [*factors, "trials", *SHOWN],
        rows[:_MOST_ROWS],
        words=range(max(len(factors), 1)),
        left_out=max(0, len(rows) - _MOST_ROWS),
    )


def _mean(interval: MeanInterval | None) -> str:
    if interval is None:
        return NOTHING
    if not isfinite(interval.half_width):
        return f"{interval.mean:.4g}"
    half_width = interval.half_width
    return f"{interval.mean:.4g} ± {half_width:{'.2g' if half_width < 100 else '.0f'}}"


def _half_width(interval: MeanInterval) -> float:
    """Return 0 where one trial tells nothing of it."""
    return interval.half_width if isfinite(interval.half_width) else 0.0


def _unit(name: str) -> str:
    unit = FIGURES[name].unit
    return "" if unit == "share" else unit


def _load_a_day(design: Design) -> float | None:
    each = design.interval("messages_per_device_day")
    return each.mean * design.devices if each else None


Point = tuple[float, MeanInterval]


def _load(trials: Trials) -> Drawing | None:
    by_gateways: defaultdict[int, list[Point]] = defaultdict(list)
    for design in trials.designs:
        load, delivery = _load_a_day(design), design.interval("delivery")
        if load is not None and delivery is not None:
            by_gateways[design.gateways].append((load, delivery))
    loads = [load for points in by_gateways.values() for load, _ in points]
    if len(loads) < 2:
        return None

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for number, gateways in enumerate(sorted(by_gateways)):
            plural = "s" * (gateways != 1)
            percent = [(load, _scaled(each, 100)) for load, each in by_gateways[gateways]]
            _series(axes, percent, number, f"{gateways} gateway{plural}")
        axes.set(xlabel="messages a day in the whole community", ylabel="delivered (%)")
        least = min(each.mean for points in by_gateways.values() for _, each in points)
        axes.set_ylim(100 * least - 5 * (1 - least) - 0.5, 100.5)
        if max(loads) > _WIDE * min(loads):
            axes.set_xscale("log")
            plain_log(axes.xaxis)
        figure.legend(loc="outside upper left", ncols=3)

    spoken = "; ".join(
        f"{gateways} gateways: "
        + ", ".join(f"{100 * each.mean:.4g} % at {load:.4g} a day" for load, each in sorted_points)
        for gateways, sorted_points in (
            (gateways, sorted(by_gateways[gateways], key=lambda point: point[0]))
            for gateways in sorted(by_gateways)
        )
    )
    return Drawing(
        "load",
        "Delivery against load",
        "Share of messages that the hub had at the end, by how many there were and how many LoRa "
        "gateways. Bars are 95 % intervals of the mean over trials. Devices that nobody hears hand "
        "nothing over, so that with few gateways there may be less load.",
        f"Delivery against messages a day. {spoken}.",
        draw("load", 3.4, paint),
    )


def _factors(trials: Trials) -> Drawing | None:
    """Return each figure against the setting with most numbers, the others as series."""
    numbers = {
        key: values
        for key, values in trials.factors.items()
        if all(number_or(value)[0] < inf for value in values)
    }
    if not numbers:
        return None
    key = max(numbers, key=lambda each: len(numbers[each]))
    by_series: defaultdict[str, list[Design]] = defaultdict(list)
    for design in trials.designs:
        if key in design.settings:
            others = [
                f"{each}={design.settings.get(each)}" for each in trials.factors if each != key
            ]
            by_series[", ".join(others)].append(design)
    if len(by_series) > _MOST_SERIES:
        by_series = defaultdict(list, {"": [each for some in by_series.values() for each in some]})
    shown = [name for name in SHOWN if any(design.values(name) for design in trials.designs)]

    def paint(figure: Figure) -> None:
        panels = figure.subplots(len(shown), sharex=True, squeeze=False)[:, 0]
        for axes, name in zip(panels, shown, strict=True):
            for number, (label, found) in enumerate(by_series.items()):
                points = [
                    (float(design.settings[key]), each)
                    for design in found
                    if (each := design.interval(name))
                ]
                _series(axes, points, number, label)
            axes.set_ylabel(f"{name}\n({FIGURES[name].unit})", fontsize=8)
        panels[-1].set(xlabel=key)
        values = sorted(float(value) for value in numbers[key])
        if values[0] > 0 and values[-1] > _WIDE * values[0]:
            panels[-1].set_xscale("log")
            plain_log(panels[-1].xaxis)
        elif len(values) <= _MOST_SERIES:
            panels[-1].set_xticks(values)
        if len(by_series) > 1:
            columns = 1 if len(trials.factors) > 2 else 3
            handles, labels = panels[0].get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside upper left", ncols=columns)

    spoken = "; ".join(f"{name}: {FIGURES[name].meaning}" for name in shown)
    return Drawing(
        "factors",
        f"What {key} does",
        "Bars are 95 % intervals of the mean over trials.",
        f"Figures against {key}. {spoken}",
        draw("factors", 0.8 + 1.5 * len(shown), paint),
    )


def _scaled(interval: MeanInterval, factor: float) -> MeanInterval:
    return MeanInterval(factor * interval.mean, factor * interval.half_width, interval.n)


def _series(axes: Axes, points: list[Point], number: int, label: str) -> None:
    """Draw means with their intervals; a line joins them where each place has one."""
    points = sorted(points, key=lambda point: point[0])
    places = [place for place, _ in points]
    is_line = len(set(places)) == len(places)
    axes.errorbar(
        places,
        [each.mean for _, each in points],
        yerr=[_half_width(each) for _, each in points],
        color=COLOURS[number % len(COLOURS)],
        marker=_MARKERS[number % len(_MARKERS)],
        linestyle=LINE_STYLES[number % len(LINE_STYLES)] if is_line else "",
        markersize=5,
        capsize=3,
        label=label,
    )
