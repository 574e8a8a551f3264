"""`linli study`: the promises of the 2025 feasibility study, examined."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from .failure import Failure
from .progress import job_bar
from .validate import WIDE

if TYPE_CHECKING:
    from linli_hostsim.study import Finding
    from linli_hostsim.study.finding import Outcome


def study(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help="Promises, those in the first column; all unless given, and then without cases.",
            show_default=False,
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer and shorter replications: a minute or two.")
    ] = False,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=NUMBER", help="An assumption's value, instead of ours."
        ),
    ] = None,
    water: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="Hourly volumes of households, for water-loss (CSV)."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Examine what the 2025 feasibility study promises: its figures, ours, and what holds.

    Ours are means of independent replications with their 95 % intervals. A promise holds, holds
    only under conditions that are named, or does not hold: that follows from the figures of all
    cases. All promises take some minutes; docs/STUDY.md has what they gave.
    """
    from linli_hostsim.replay.csv_rows import ReplayError
    from linli_hostsim.study import AssumptionError, Inputs, NoPromiseError, choose, run

    try:
        promises = choose(names or [])
        changes = dict(_setting(text) for text in settings or [])
        with job_bar(shown=sys.stderr.isatty()) as progress:
            findings = run(promises, Inputs(quick, water), changes, progress=progress)
    except (NoPromiseError, AssumptionError) as error:
        raise typer.BadParameter(str(error)) from error
    except ReplayError as error:
        raise Failure(str(error)) from error
    if as_json:
        typer.echo(
            json.dumps([_to_json(finding) for finding in findings], indent=1, ensure_ascii=False)
        )
    else:
        _print(findings, with_cases=bool(names))


def _setting(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        raise typer.BadParameter(f"{text}: should be name=number", param_hint="--set") from None


def _to_json(finding: "Finding") -> dict[str, object]:
    from linli_hostsim.study.wording import verdict

    promise = finding.promise
    return {
        "promise": promise.name,
        "claim": promise.claim,
        "verdict": finding.verdict,
        "said": verdict(finding),
        "holds_as_assumed": finding.holds(finding.base),
        "assumptions": [
            {
                "name": each.name,
                "value": finding.values[each.name],
                "unit": each.unit,
                "meaning": each.meaning,
                "source": each.source,
            }
            for each in promise.assumptions
        ],
        "cases": [_case_to_json(finding, each) for each in (finding.base, *finding.others)],
        "facts": list(promise.facts(finding.values)),
    }


def _case_to_json(finding: "Finding", outcome: "Outcome") -> dict[str, object]:
    promise = finding.promise
    estimates = {
        name: {"mean": each.mean, "low": each.low, "high": each.high, "replications": each.n}
        for name, each in outcome.estimates.items()
    }
    return {
        "changes": dict(outcome.case.changes) if outcome.case else {},
        "words": outcome.case.words if outcome.case else "as assumed",
        "holds": finding.holds(outcome),
        "targets": [
            {
                "name": target.name,
                "quantity": target.quantity,
                "unit": target.unit,
                "study": target.value,
                "worse": target.worse,
                "answer": outcome.answer(target),
            }
            for target in promise.targets
        ],
        "ours": estimates,
    }


def _print(findings: Sequence["Finding"], with_cases: bool) -> None:
    from linli_hostsim.study.wording import estimate, quantity, verdict

    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
    table = Table()
    for column in ("promise", "quantity", "study", "ours", ""):
        table.add_column(column, justify="right" if column in ("study", "ours") else "left")
    for finding in findings:
        for number, target in enumerate(finding.promise.targets):
            table.add_row(
                finding.promise.name if not number else "",
                target.quantity,
                f"{'≤' if target.worse == 'more' else '≥'} {quantity(target.value, target.unit)}",
                estimate(finding.base.estimates.get(target.name), target.unit),
                finding.base.answer(target),
            )
        table.add_section()
    console.print(table)
    for finding in findings:
        said = f"{finding.promise.name}: {verdict(finding)}"
        console.print(said, soft_wrap=True, markup=False)
    if with_cases:
        for finding in findings:
            _print_cases(console, finding)
    else:
        console.print("Next: linli study NAME, for the cases and the assumptions of a promise")


def _print_cases(console: Console, finding: "Finding") -> None:
    from linli_hostsim.study.wording import changes, estimate, quantity

    promise = finding.promise
    console.print(f"\n[bold]{promise.name}[/]  {promise.title}")
    for text in (f"The study: {promise.claim}.", promise.model, *promise.facts(finding.values)):
        console.print(text, soft_wrap=True, markup=False)
    table = Table("case", *(target.quantity for target in promise.targets), "holds")
    for outcome in (finding.base, *finding.others):
        case = outcome.case
        table.add_row(
            f"{case.words} ({changes(promise, case)})" if case else "as assumed",
            *(
                estimate(outcome.estimates.get(target.name), target.unit)
                for target in promise.targets
            ),
            "yes" if finding.holds(outcome) else "no",
        )
    console.print(table)
    for each in promise.observed:
        if each.name in finding.base.estimates:
            shown = estimate(finding.base.estimates[each.name], each.unit)
            console.print(f"{each.quantity}: {shown}", soft_wrap=True, markup=False)
    for assumption in promise.assumptions:
        value = quantity(finding.values[assumption.name], assumption.unit)
        text = f"{assumption.name} = {value}  {assumption.meaning} ({assumption.source})"
        console.print(text, soft_wrap=True, markup=False)
