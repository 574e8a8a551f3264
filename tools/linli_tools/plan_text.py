"""A plan's answer as people read it in the terminal."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from linli_hostsim.quantities import NOTHING, count

if TYPE_CHECKING:
    from linli_hostsim.plan.confidence import Evidence
    from linli_hostsim.plan.growth import YearOfGrowth
    from linli_hostsim.plan.judge import Judgement
    from linli_hostsim.plan.planning import Answer
    from linli_hostsim.plan.search import Candidate, Step

WIDE = 110  # columns, where no terminal sets a limit


def print_answer(answer: "Answer", folder: Path) -> None:
    """Print the design first, then what it rests on."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
    found = answer.found
    for target, value in found.out_of_reach.items():
        console.print(f"[bold]{target} is out of reach[/]: at best {value:.4g} within the bounds.")
    shown = found.best or found.nearest
    if found.best:
        others = " all other" if found.out_of_reach else ""
        console.print(f"[bold]The cheapest design that meets{others or ' all'} targets:[/]")
    else:
        within = "the budget" if answer.budget_yuan < float("inf") else "the bounds"
        console.print(f"[bold]Not reachable within {within}.[/]")
        if shown is None:
            console.print("No design costs so little.")
            return
        console.print(f"Nearest is one that misses {_missed(shown)}:")
    assert shown is not None
    _print_design(console, answer, shown)
    console.print(_targets(shown))
    if found.best:
        console.print(_steps(found.best, found.steps))
    console.print(_frontier(answer))
    if answer.growth:
        _print_growth(console, answer.growth)
    console.print(
        f"{count(found.designs)} designs within the bounds, {count(found.screened)} put to closed "
        f"forms, {found.simulated} simulated: {answer.trials} trials in "
        f"{answer.wall_s:.0f} s (others were in the store)."
    )
    console.print(f"Plan: {folder / 'plan.json'}", soft_wrap=True)
    console.print(f"Report: {folder / 'report.html'}", soft_wrap=True)


def _print_design(console: Console, answer: "Answer", shown: "Candidate") -> None:
    design, cost = shown.design, shown.screened.cost
    console.print(f"  gateways: {design.gateways}; edge nodes: 1 + {design.standbys}")
    for kind, ways in zip(answer.space.kinds, design.kit.bearers, strict=True):
        console.print(f"  {kind}: {' and '.join(ways)}")
    if design.kit.report_interval_s:
        console.print(f"  meters report every {design.kit.report_interval_s} s")
    once, yearly = sum(cost.once.values()), sum(cost.yearly.values())
    console.print(
        f"  {_yuan(cost.present_yuan)} yuan: {_yuan(once)} at once, {_yuan(yearly)} a year"
    )
    places = shown.screened.settings.get("lora.places_m", [])
    if isinstance(places, list) and places:
        where = ", ".join(f"({x:.0f}, {y:.0f})" for x, y in places)
        console.print(f"  gateways at (east, north in m) {where}")


def _targets(shown: "Candidate") -> Table:
    judgement = shown.judgement
    table = Table(
        title=f"Targets, {judgement.replications} replications",
        caption="Nothing lost: but in too few messages to show more than the limit.",
        title_justify="left",
        caption_justify="left",
    )
    for column in ("target", "mean", "limit (95 %)", "margin", "verdict"):
        table.add_column(column, justify="left" if column in ("target", "verdict") else "right")
    for each in judgement.evidence:
        table.add_row(*_cells(each), each.verdict.value)
    for each in judgement.beside:
        table.add_row(*_cells(each), "out of reach")
    return table


def _cells(evidence: "Evidence") -> list[str]:
    margin = f"{evidence.margin:.0%}" if evidence.mean is not None else NOTHING
    return [str(evidence.target), _number(evidence.mean), _number(evidence.limit), margin]


def _steps(best: "Candidate", steps: "list[Step]") -> Table:
    table = Table(title="One step less", title_justify="left")
    table.add_column("lever")
    table.add_column("would save", justify="right")
    table.add_column("breaks")
    for step in steps:
        if step.candidate is None:
            table.add_row(step.lever, NOTHING, "nothing cheaper within the bounds")
            continue
        saved = best.screened.cost.present_yuan - step.candidate.screened.cost.present_yuan
        design = step.candidate.design
        to = {
            "edge nodes": f"1 + {design.standbys}",
            "gateways": str(design.gateways),
            "report interval": f"{design.kit.report_interval_s} s",
        }.get(step.lever, "/".join("+".join(ways) for ways in design.kit.bearers))
        table.add_row(f"{step.lever}: {to}", _yuan(saved), _missed(step.candidate))
    return table


def _missed(candidate: "Candidate") -> str:
    """Name what a candidate misses, and by how much, the worst first."""
    return _misses(candidate.judgement)


def _misses(judgement: "Judgement") -> str:
    for verdict in ("missed", "undecided"):
        found = [each for each in judgement.evidence if each.verdict.value == verdict]
        if found:
            return "; ".join(_miss(each) for each in sorted(found, key=lambda each: each.margin))
    return "nothing"


def _miss(evidence: "Evidence") -> str:
    target = evidence.target
    if evidence.mean is None:
        return f"{target.figure}: nothing happened in the time simulated"
    if evidence.verdict.value == "undecided":
        return f"{target.figure}: not shown, {_number(evidence.limit)} instead of {target.value:g}"
    apart = abs(evidence.mean - target.value)
    how = ", by a closed form" if evidence.is_computed else ""
    missed = f"{_number(evidence.mean)} instead of {target.value:g}"
    return f"{target.figure} by {apart:.3g}: {missed}{how}"


def _frontier(answer: "Answer") -> Table:
    from linli_hostsim.plan.as_json import frontier
    from linli_hostsim.plan.search import brief

    efficient = frontier(answer.found.judged)
    table = Table(title="Designs judged; * none cheaper is as good", title_justify="left")
    for column in ("yuan", "design", "worst target", "margin"):
        table.add_column(column, justify="right" if column in ("yuan", "margin") else "left")
    for one in answer.found.judged:
        worst = one.judgement.worst
        table.add_row(
            _yuan(one.screened.cost.present_yuan) + ("*" if one in efficient else " "),
            brief(one.design),
            worst.target.figure if worst else NOTHING,
            f"{one.judgement.margin:.0%}",
        )
    return table


def _print_growth(console: Console, growth: "list[YearOfGrowth]") -> None:
    table = Table(title="Growth", title_justify="left")
    for column in ("year", "devices", "targets hold", "worst target", "margin"):
        table.add_column(column, justify="left" if "target" in column else "right")
    for year in growth:
        worst = year.judgement.worst if year.judgement else None
        table.add_row(
            str(year.year),
            count(year.devices),
            "yes" if year.holds else "no",
            worst.target.figure if worst else "not simulated: follows from other years",
            f"{worst.margin:.0%}" if worst else NOTHING,
        )
    console.print(table)
    failing = [year for year in growth if not year.holds]
    if not failing:
        console.print(f"Capacity lasts through year {growth[-1].year}.")
        return
    first = failing[0]
    assert first.judgement is not None
    console.print(f"[bold]Capacity runs out in year {first.year}[/]: {_misses(first.judgement)}.")


def _yuan(yuan: float) -> str:
    return count(round(yuan))


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.6g}"
