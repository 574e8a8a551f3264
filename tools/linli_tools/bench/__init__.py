"""`linli bench`: measure Linli beside named peers, in one run on one machine."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ..progress import job_bar
from ..scenario_argument import load_scenario
from .timing import Budget

app = typer.Typer(help="Measure Linli beside its peers on this machine.", no_args_is_help=True)

BUDGET = Budget()
WIDE = 120  # columns, where no terminal sets a limit

AS_JSON = Annotated[bool, typer.Option("--json", help="Print JSON.")]


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
def sim_command(
    scenario: Annotated[str, typer.Option(help="Shipped scenario or file, run as it is.")] = "tiny",
    hours: Annotated[float, typer.Option(min=0.01, help="Its simulated time.")] = 1.0,
    lorasim: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="LoRaSim's loraDir.py for Python 3, to run beside."
        ),
    ] = None,
    compiled: Annotated[
        Path | None,
        typer.Option(
            exists=True, file_okay=False, help="What `make compiled` wrote, to run beside."
        ),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Less of everything: a minute.")] = False,
    as_json: AS_JSON = False,
) -> None:
    """Time twins, cohorts and cities of up to a million devices beside SimPy, LoRaSim and ns-3.

    Each row is measured in a process of its own, for its memory too. Takes some minutes.
    """
    from .simulator import report
    from .simulator.measure import measure
    from .simulator.rows import FULL, QUICK, rows

    load_scenario(scenario)
    todo = rows(QUICK if quick else FULL, scenario, hours, lorasim, compiled)
    with job_bar(shown=sys.stderr.isatty()) as progress:
        results = measure(todo, progress)
    if as_json:
        typer.echo(json.dumps(report.to_json(results), indent=1))
        return
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
    console.print(report.heading(results))
    console.print(report.table(results))
    for note in report.footnotes(results):
        console.print(note)
    console.print(report.NOTES)


@app.command("uplink")
def uplink_command(
    hours: Annotated[float, typer.Option(min=0.01, help="For how long nothing went up.")] = 96.0,
    devices: Annotated[int, typer.Option(min=10, help="Of the community.")] = 10_000,
    rows_a_day: Annotated[float, typer.Option(min=0.1, help="That each device makes.")] = 12.0,
    pace: Annotated[float, typer.Option(min=1, help="Rows/s of the backlog at most.")] = 1000.0,
    idle_s: Annotated[float, typer.Option(min=1, help="Measured afterwards, to compare.")] = 60.0,
    as_json: AS_JSON = False,
) -> None:
    """Lose a hub's uplink, and let it catch up to a Mosquitto of our own beside live traffic.

    Alarms five times a second, readings as often as ever: how long do they take to the broker?
    """
    from .uplink import report
    from .uplink.community import Outage
    from .uplink.measure import measure

    outage = Outage(hours, devices, rows_a_day)
    with (
        job_bar(shown=sys.stderr.isatty()) as progress,
        tempfile.TemporaryDirectory(prefix="linli-uplink-") as folder,
    ):
        found = measure(Path(folder), outage, pace, idle_s, progress)
    if as_json:
        typer.echo(json.dumps(report.to_json(outage, found), indent=1))
        return
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
    for table in report.tables(outage, found):
        console.print(table)


@app.command("hub")
def hub_command(
    devices: Annotated[int, typer.Option(min=10, help="That connect over TCP and join.")] = 10_000,
    rate: Annotated[float, typer.Option(min=1, help="Packets/s of all of them.")] = 5000.0,
    seconds: Annotated[float, typer.Option(min=1, help="Under load; a soak takes 1800.")] = 60.0,
    beside: Annotated[
        bool, typer.Option("--mosquitto/--alone", help="Measure a Mosquitto of our own after it.")
    ] = True,
    compiled: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="What `make compiled` wrote, to serve."),
    ] = None,
    as_json: AS_JSON = False,
) -> None:
    """Load a hub in a process of its own: packets/s on disk, alarms' delays, memory, CPU.

    Afterwards, for 30 s at most: how fast it can go, and how fast a Mosquitto.
    """
    from .hub import report
    from .hub.measure import measure

    with (
        job_bar(shown=sys.stderr.isatty()) as progress,
        tempfile.TemporaryDirectory(prefix="linli-hub-") as folder,
    ):
        found = measure(Path(folder), devices, rate, seconds, beside, compiled, progress)
    if as_json:
        typer.echo(json.dumps(report.to_json(found), indent=1))
        return
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
    for table in report.tables(found):
        console.print(table)
    console.print(report.COMPARED, report.EMQX, sep="\n")
