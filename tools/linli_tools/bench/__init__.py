"""`linli bench`: measure Linli beside named peers, in one run on one machine."""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ..progress import job_bar
from .measure import Measurement
from .timing import Budget

app = typer.Typer(help="Measure Linli beside its peers on this machine.", no_args_is_help=True)

BUDGET = Budget()
WIDE = 120  # columns, where no terminal sets a limit

AS_JSON = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _report(title: str, measurements: list[Measurement], as_json: bool) -> None:
    # The first to do a job is what the others are compared with.
    baseline: dict[str, float] = {}
    for one in measurements:
        baseline.setdefault(one.what, one.value)
    ratios = [one.value / baseline[one.what] for one in measurements]
    if as_json:
        rows = [
            asdict(one) | {"ratio": ratio} for one, ratio in zip(measurements, ratios, strict=True)
        ]
        typer.echo(json.dumps(rows, indent=1))
        return
    table = Table(title=title, title_justify="left")
    table.add_column("what")
    table.add_column("by")
    table.add_column("value", justify="right")
    table.add_column("unit")
    table.add_column("ratio", justify="right")
    for one, ratio in zip(measurements, ratios, strict=True):
        table.add_row(one.what, one.by, f"{one.value:.4g}", one.unit, f"{ratio:.3g}")
    Console(highlight=False).print(table)


@app.command("crypto")
def crypto_command(as_json: AS_JSON = False) -> None:
    """Time ciphers, packets, batches and framing beside every peer that is installed.

    Takes a minute or two. The native core's other engines are timed in processes of their own.
    """
    from .crypto import measure
    from .crypto_report import NOTES, heading, tables, to_json

    with job_bar(shown=sys.stderr.isatty()) as progress:
        results = measure(BUDGET, progress)
    if as_json:
        typer.echo(json.dumps(to_json(results), indent=1))
        return
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
    console.print(heading(results))
    for table in tables(results):
        console.print(table)
    console.print(NOTES)


@app.command("sim")
def sim(
    scenario: Annotated[str, typer.Option(help="Shipped scenario or file.")] = "tiny",
    hours: Annotated[float, typer.Option(min=0.01, help="Simulated time.")] = 1.0,
    as_json: AS_JSON = False,
) -> None:
    """Time a community, and SimPy alone beside it."""
    from .simulator import measure

    _report(f"Simulator, {scenario}, {hours:g} h", measure(scenario, hours), as_json)
