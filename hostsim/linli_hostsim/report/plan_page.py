"""The page of a plan: the design, which target binds, what one step less breaks, the frontier.

It is made of plan.as_json alone, so that a plan can be shown long after it was made.
"""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from .. import placement, scenario
from ..plan.targets import Target
from ..quantities import NOTHING, count
from ..roster import roster
from ..scenario import Scenario
from ..site_tables import LORA_GATEWAY, lora_margin_db
from . import html, site_plan
from .answers import Answer
from .drawing import COLOURS, INK, Drawing, draw
from .limits import percent
from .listing import Listing

Data = dict[str, Any]

_FLOOR = -1.0
"""Worse margins are drawn as this one."""


def render(data: Data) -> str:
    """Return the page of what plan.as_json returned."""
    described = scenario.parse(data["scenario_toml"], data["scenario"])
    shown = data["best"] or data["nearest"]
    drawings = []
    if shown is not None:
        drawings = [
            _targets(shown),
            _frontier(data),
            _growth(data),
            _site(described, shown),
        ]
    return html.page(
        "plan.html",
        title=f"plan for {data['scenario']}",
        data=data,
        asked=[str(Target(figure, value)) for figure, value in data["targets"].items()],
        answers=answers(data),
        drawings=[drawing for drawing in drawings if drawing],
        steps=_steps(data) if data["one_step_less"] else None,
        costs=_costs(shown) if shown else None,
        design=shown["settings"] if shown else {},
        settings=list(html.settings(described)),
        scenario_toml=data["scenario_toml"],
    )


def answers(data: Data) -> list[Answer]:
    """Return what planners ask first, in the order of its weight."""
    best, nearest = data["best"], data["nearest"]
    found = []
    for figure, value in data["out_of_reach"].items():
        target = Target(figure, data["targets"][figure])
        text = f"No: at best {value:.4g} within the bounds."
        found.append(Answer(f"Can {target} be reached?", text, False))
    others = "all other" if data["out_of_reach"] else "all"
    question = f"What is the cheapest design that meets {others} targets?"
    if best is not None:
        found.append(Answer(question, _told(best), True))
    elif nearest is not None:
        text = (
            f"None within the bounds. Nearest: {_told(nearest)} It misses {_misses(data, nearest)}."
        )
        found.append(Answer(question, text, False))
    else:
        found.append(Answer(question, "No design costs so little.", False))
    breaks = [
        f"{step['lever'].capitalize()} ({_brief(step['design'])}): {_misses(data, step['design'])}"
        for step in data["one_step_less"]
        if step["design"] is not None
    ]
    if best is not None:
        if best["worst"]:
            target = Target(best["worst"], data["targets"][best["worst"]])
            text = f"{target}: {_margin(best['margin'])} of what it allows is left."
            found.append(Answer("Which target binds?", text, None))
        text = ". ".join(breaks) + "." if breaks else "Nothing cheaper lies within the bounds."
        found.append(Answer("What breaks with one step less?", text, None))
    if data["growth"]:
        found.append(_capacity(data))
    return found


def _capacity(data: Data) -> Answer:
    question = "Until when does capacity last?"
    growth = data["growth"]
    failing = [year for year in growth if not year["holds"]]
    if not failing:
        last = growth[-1]
        text = f"Through year {last['year']}, with {count(last['devices'])} devices."
        return Answer(question, text, True)
    first = failing[0]
    text = f"It runs out in year {first['year']}, with {count(first['devices'])} devices"
    return Answer(question, f"{text}: {_misses(data, first)}.", False)


def _told(design: Data) -> str:
    ways = "; ".join(
        f"{each['kind']}: {' and '.join(each['bearers'])}" for each in design["bearers"]
    )
    interval = design["report_interval_s"]
    reports = f" Meters report every {interval} s." if interval else ""
    once, yearly = (sum(design[paid].values()) for paid in ("once_yuan", "yearly_yuan"))
    return (
        f"{_brief(design)}. {ways}.{reports} It costs {count(design['present_yuan'])} yuan in "
        f"present worth: {count(once)} at once, {count(yearly)} a year."
    )


def _brief(design: Data) -> str:
    gateways, nodes = design["gateways"], design["edge_nodes"]
    return (
        f"{gateways or 'no'} LoRa gateway{'s' * (gateways != 1)}, "
        f"{nodes} edge node{'s' * (nodes != 1)}"
    )


def _misses(data: Data, judged: Data) -> str:
    """Name what is missed, or not shown to hold, the worst first; not what no design meets."""
    missed = [
        each
        for each in judged["targets"]
        if each["verdict"] in ("missed", "undecided") and each["figure"] not in data["out_of_reach"]
    ]
    texts = [_miss(each) for each in sorted(missed, key=lambda each: float(each["margin"]))]
    return "; ".join(texts) or "nothing"


def _miss(evidence: Data) -> str:
    if evidence["mean"] is None:
        return f"{evidence['figure']}, which nothing happened to judge by in the time simulated"
    known = evidence["limit"] if evidence["verdict"] == "undecided" else evidence["mean"]
    return f"{evidence['figure']}, {_number(known)} instead of {evidence['target']:g}"


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.5g}"


def _margin(margin: float) -> str:
    return percent(margin) if margin > -10 else "below -1000 %"


def _targets(shown: Data) -> Drawing:
    targets = sorted(shown["targets"], key=lambda each: float(each["margin"]))
    names = [each["figure"] for each in targets]
    # Nothing happened that a target without a mean could be judged by.
    margins = np.array(
        [0.0 if each["mean"] is None else max(each["margin"], _FLOOR) for each in targets]
    )

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        colours = [COLOURS[1] if name == shown["worst"] else COLOURS[0] for name in names]
        # With its edge a bar is seen even where nothing is left.
        axes.barh(names, 100 * margins, color=colours, edgecolor=colours, lw=1.5)
        axes.axvline(0, color="black", lw=1)
        for label, colour in zip(axes.get_yticklabels(), colours, strict=True):
            label.set_color(colour if colour == COLOURS[1] else INK)
        axes.set(xlabel="left of what is allowed (%)")
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")

    rows = [
        [
            f"{each['figure']} = {each['target']:g}",
            each["verdict"] + (", by a closed form" if each["computed"] else ""),
            _number(each["mean"]),
            _number(each["limit"]),
            NOTHING if each["mean"] is None else _margin(each["margin"]),
        ]
        for each in targets
    ]
    return Drawing(
        "targets",
        "Which target binds",
        "How much of what each target allows the design leaves unused, at the limit that is "
        "certain to 95 %; of shares what is allowed is the loss. The one that binds is orange; "
        "below -100 % bars are cut.",
        "Margins of the targets: "
        + "; ".join(
            f"{name} {_margin(each['margin'])}" for name, each in zip(names, targets, strict=True)
        ),
        draw("targets", 1.0 + 0.32 * len(names), paint),
        Listing(
            f"Targets, {shown['replications']} replications",
            ["target", "verdict", "mean", "limit (95 %)", "margin"],
            rows,
            words=(0, 1),
        ),
    )


def _frontier(data: Data) -> Drawing:
    judged, frontier = data["judged"], data["frontier"]
    chosen = data["best"] or data["nearest"]

    def at(designs: list[Data]) -> tuple[list[float], list[float]]:
        return (
            [design["present_yuan"] / 1000 for design in designs],
            [100 * max(design["margin"], _FLOOR) for design in designs],
        )

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axhline(0, color="black", lw=1)
        axes.plot(*at(judged), "o", color="#999999", label="judged")
        axes.plot(*at(frontier), "o-", color=COLOURS[0], drawstyle="steps-post", label="frontier")
        axes.plot(*at([chosen]), "*", color=COLOURS[1], markersize=15, label="this plan")
        axes.set(xlabel="present worth (1000 yuan)", ylabel="worst margin (%)")
        figure.legend(loc="outside upper left", ncols=3)

    rows = [
        [
            _brief(design),
            "; ".join(f"{each['kind']}: {'+'.join(each['bearers'])}" for each in design["bearers"]),
            design["worst"] or NOTHING,
            count(design["present_yuan"]),
            _margin(design["margin"]),
        ]
        for design in frontier
    ]
    return Drawing(
        "frontier",
        "Frontier",
        f"Each dot is one of {count(len(judged))} designs that were judged: what it costs, and the "
        "margin of its worst target, below 0 where it misses it; what is worse than -100 % is "
        "drawn as that. No cheaper design is as good as one on the line.",
        f"Cost against worst margin of {count(len(judged))} designs; on the frontier are "
        + "; ".join(f"{row[0]} for {row[3]} yuan with {row[4]}" for row in rows),
        draw("frontier", 3.2, paint),
        Listing(
            "Designs on the frontier",
            ["design", "bearers", "worst target", "yuan", "margin"],
            rows,
            words=(0, 1, 2),
        ),
    )


def _growth(data: Data) -> Drawing | None:
    growth = data["growth"]
    if not growth:
        return None

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for holds, colour, label in ((True, COLOURS[2], "hold"), (False, COLOURS[1], "do not")):
            own = [year for year in growth if year["holds"] is holds]
            axes.bar(
                [year["year"] for year in own],
                [year["devices"] for year in own],
                color=colour,
                hatch="" if holds else "///",
                edgecolor="white",
                label=f"targets {label}",
            )
        axes.set(xlabel="year", ylabel="devices", xticks=[year["year"] for year in growth])
        axes.grid(visible=False, axis="x")
        figure.legend(loc="outside upper left", ncols=2)

    rows = [
        [
            str(year["year"]),
            "hold" if year["holds"] else "do not hold",
            year["worst"] or "follows from other years",
            count(year["devices"]),
        ]
        for year in growth
    ]
    return Drawing(
        "growth",
        "Growth",
        "Devices in each year, with the design as it is.",
        _capacity(data).text,
        draw("growth", 2.8, paint),
        Listing("Years", ["year", "targets", "worst target", "devices"], rows, words=(0, 1, 2)),
    )


def _steps(data: Data) -> Listing:
    best = data["best"]
    rows = []
    for step in data["one_step_less"]:
        design = step["design"]
        if design is None:
            rows.append([step["lever"], "nothing cheaper within the bounds", NOTHING])
            continue
        saved = count(best["present_yuan"] - design["present_yuan"])
        rows.append([f"{step['lever']}: {_brief(design)}", _misses(data, design), saved])
    return Listing(
        "Each lever one step cheaper, simulated",
        ["lever", "breaks", "saves, yuan"],
        rows,
        words=(0, 1),
    )


def _costs(shown: Data) -> Listing:
    rows = []
    for paid, label in (("once_yuan", "once"), ("yearly_yuan", "each year")):
        rows += [[item, label, count(yuan)] for item, yuan in shown[paid].items() if yuan]
    rows.append(["all", "present worth", count(shown["present_yuan"])])
    return Listing(
        "Prices and their sources: docs/ECONOMY.md", ["item", "paid", "yuan"], rows, words=(0, 1)
    )


def _site(described: Scenario, shown: Data) -> Drawing | None:
    if not shown["places_m"]:
        return None
    members = roster(described)
    positions = placement.devices(described, members)
    where_m = np.array([positions[member.id] for member in members])
    gateways_m = np.array(shown["places_m"])
    lora = described.lora
    nearest_m = np.linalg.norm(where_m[:, None, :] - gateways_m, axis=2).min(axis=1)
    margin_db = lora_margin_db(lora, lora.path.mean_db(nearest_m))
    has_lora = [kind for kind in shown["bearers"] if "lora" in kind["bearers"]]
    stations = {LORA_GATEWAY: gateways_m}
    near = percent(float((margin_db >= 0).mean()))
    return Drawing(
        "site",
        "Where gateways stand",
        f"Each dot is a device ({' and '.join(sorted({each['kind'] for each in has_lora}))} use "
        "LoRa), its colour how much weaker the nearest gateway could hear it at full power and the "
        "slowest data rate, before shadowing."
        + site_plan.remarks(described.site, stations, len(members)),
        f"Plan of the site with {len(gateways_m)} gateways at "
        + ", ".join(f"({east:.0f}, {north:.0f}) m" for east, north in gateways_m)
        + f"; {near} of all places are within reach of one before shadowing.",
        site_plan.plan(described.site, where_m, margin_db, stations),
        Listing(
            "Places, from the site's south-western corner",
            ["gateway", "east, m", "north, m"],
            [
                [str(number), f"{east:.0f}", f"{north:.0f}"]
                for number, (east, north) in enumerate(gateways_m)
            ],
        ),
    )
