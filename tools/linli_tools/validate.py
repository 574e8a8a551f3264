"""`linli sim validate`: what the simulator computes beside what is known."""

import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from .progress import job_bar

if TYPE_CHECKING:
    from linli_hostsim.validation import Group, Result

WIDE = 110  # columns, where no terminal sets a limit
_COLUMNS = ("check", "unit", "ours", "theirs", "allowed", "n", "verdict")
_RIGHT = ("ours", "theirs", "n")


def validate(
    checks: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CHECK]...",
            help="Checks or groups of them; all unless given.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer checks and replications: half a minute.")
    ] = False,
) -> None:
    """Compare the simulator with measurements, published figures and closed forms.

    Ours beside theirs, the greatest deviation allowed with what it follows from (SE: standard
    errors of our mean), and the number of our replications. Exit code 1 when a check fails. All
    checks take some minutes.
    """
    from linli_hostsim.validation import NoCheckError, choose, run

    try:
        groups = choose(checks or [], quick)
    except NoCheckError as error:
        raise typer.BadParameter(str(error)) from error
    experiments = [experiment for group in groups for experiment in group.experiments]
    with job_bar(shown=sys.stderr.isatty()) as progress:
        results = run(experiments, quick, os.cpu_count() or 1, progress)
    if as_json:
        typer.echo(json.dumps([_to_json(result) for result in results], indent=1))
    else:
        _print(groups, results)
    if not all(result.passed for result in results):
        raise typer.Exit(1)


def _to_json(result: "Result") -> dict[str, object]:
    check = result.check
    return {
        "check": check.name,
        "quantity": check.quantity,
        "unit": check.unit,
        "ours": result.ours,
        "standard_error": result.standard_error,
        "replications": result.replications,
        "theirs": check.theirs,
        "source": check.source,
        "tolerance": str(check.tolerance),
        "allowed": result.allowed,
        "passed": result.passed,
    }


def _print(groups: Sequence["Group"], results: Sequence["Result"]) -> None:
    from linli_hostsim.validation.rows import row

    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
    by_name = {result.check.name: result for result in results}
    for group in groups:
        sources = dict.fromkeys(check.source for check in group.checks)
        console.print(f"\n[bold]{group.name}[/]  {group.title}")
        console.print(f"Ours: {group.how}.", markup=False)
        console.print(f"Theirs: {'; '.join(sources)}.", markup=False)
        table = Table()
        for column in _COLUMNS:
            table.add_column(column, justify="right" if column in _RIGHT else "left")
        for check in group.checks:
            cells = row(by_name[check.name])
            table.add_row(*(cells[column] for column in _COLUMNS))
        console.print(table)
    failed = [result.check.name for result in results if not result.passed]
    console.print(f"\n{len(results)} checks, {len(results) - len(failed)} within tolerance")
    if failed:
        console.print(f"FAILED: {', '.join(failed)}")
