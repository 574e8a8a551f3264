"""`linli risk`: the twelve indicators of a run, and its incidents by grade and clock."""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from .failure import Failure

if TYPE_CHECKING:
    from linli_hub.risk.incidents import Incident
    from linli_hub.risk.indicators import Reading

_LISTED = 20
_COLOURS = {"green": "green", "amber": "yellow", "red": "red", "unknown": "dim"}


def risk(
    run: Annotated[
        Path,
        typer.Argument(metavar="RUN_DIR", exists=True, file_okay=False, help="A run directory."),
    ],
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME.LEVEL=NUMBER",
            help="Another threshold, such as alarm_delay.red=5; repeatable.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Twelve indicators of what threatens a community, and its incidents by the three grades.

    docs/RISK.md tells the formulas, the thresholds and which event is an incident of which grade.
    """
    from linli_hostsim.results import Results, ResultsError
    from linli_hostsim.risk import incidents, observed
    from linli_hub.risk.indicators import ThresholdError, read, with_thresholds

    try:
        indicators = with_thresholds(dict(_change(text) for text in setting or ()))
    except ThresholdError as error:
        raise typer.BadParameter(str(error)) from error
    try:
        results = Results.read(run)
    except ResultsError as error:
        raise Failure(str(error)) from error
    readings = read(observed.of_run(results), indicators)
    found = incidents.of_run(results)
    hours = results.meta.duration_s / 3600
    if as_json:
        content = {
            "indicators": [_reading(one) for one in readings],
            "incidents": [_incident(one, hours) for one in found],
        }
        typer.echo(json.dumps(content, indent=1))
        return
    console = Console(highlight=False)
    console.print(_indicator_table(readings))
    console.print(_grade_table(found, hours))
    _list(console, found, hours)


def _change(text: str) -> tuple[str, float]:
    key, _, value = text.partition("=")
    try:
        return key.strip(), float(value)
    except ValueError:
        raise typer.BadParameter(f"{text}: should be NAME.LEVEL=NUMBER") from None


def _reading(one: "Reading") -> dict[str, Any]:
    fields = asdict(one.indicator)
    del fields["value"]
    return {**fields, "value": one.value, "level": one.level.value}


def _incident(one: "Incident", now_h: float) -> dict[str, Any]:
    from linli_hub.risk.incidents import verdicts

    clocks = {clock: verdict.value for clock, verdict in verdicts(one, now_h).items()}
    return {**asdict(one), "grade": one.grade.name.lower(), "clocks": clocks}


def _indicator_table(readings: list["Reading"]) -> Table:
    table = Table(title="Indicators: amber and red are above", title_justify="left")
    for column in ("", "value", "unit", "amber", "red", "level"):
        number = column in ("value", "amber", "red")
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    for one in readings:
        indicator, level = one.indicator, one.level.value
        table.add_row(
            indicator.name,
            "–" if one.value is None else f"{one.value:.3g}",
            indicator.unit,
            f"{indicator.amber:g}",
            f"{indicator.red:g}",
            f"[{_COLOURS[level]}]{level}[/]",
        )
    return table


def _grade_table(found: list["Incident"], now_h: float) -> Table:
    from linli_hub.risk.grades import CLOCKS
    from linli_hub.risk.incidents import Verdict, verdicts

    table = Table(title="Incidents and their clocks", title_justify="left")
    table.add_column("grade")
    table.add_column("", justify="right")
    table.add_column("clock", no_wrap=True)
    for verdict in Verdict:
        table.add_column(verdict.value, justify="right")
    for grade, clocks in CLOCKS.items():
        own = [verdicts(one, now_h) for one in found if one.grade is grade]
        label = f"{'I' * grade} {grade.name.lower()}", str(len(own))
        for clock, limit_h in clocks.items():
            counts = Counter(one[clock] for one in own)
            cells = (str(counts[verdict]) for verdict in Verdict)
            table.add_row(*label, f"{clock}, {limit_h:g} h", *cells)
            label = "", ""
    return table


def _list(console: Console, found: list["Incident"], now_h: float) -> None:
    for one in found[:_LISTED]:
        told = _incident(one, now_h)
        when = "at a time unknown" if one.start_h is None else f"at {one.start_h:.2f} h"
        device = "" if one.device is None else f", device {one.device}"
        clocks = ", ".join(f"{clock} {verdict}" for clock, verdict in told["clocks"].items())
        console.print(f"{'I' * one.grade}: {one.what}{device}, {when}: {clocks}", soft_wrap=True)
    if len(found) > _LISTED:
        console.print(f"… and {len(found) - _LISTED} more; --json lists all")
