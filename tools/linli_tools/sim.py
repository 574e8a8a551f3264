"""`linli sim`: list, show and run scenarios, and show earlier runs."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from .compare import compare
from .failure import Failure
from .replicate import replicate
from .scenario_argument import load_scenario
from .sensitivity import sensitivity
from .sweep import sweep
from .validate import validate

app = typer.Typer(help="Simulate a community and read the results.", no_args_is_help=True)

# The simulator takes a second to load: a command that needs it imports it, --help does not.


@app.command("list")
def list_scenarios(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the scenarios that come with Linli."""
    from linli_hostsim import scenario

    described = {name: scenario.load(name).description for name in scenario.shipped()}
    if as_json:
        typer.echo(json.dumps(described, indent=1, ensure_ascii=False))
        return
    width = max(map(len, described))
    for name, description in described.items():
        typer.echo(f"{name:{width}}  {description}")
    typer.echo("\nNext: linli sim show NAME, linli sim run NAME")


@app.command("show")
def show(
    what: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE|FOLDER",
            help="A shipped scenario, a scenario file, or a folder of a run, a plan or trials.",
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show every value of a scenario with its unit and source, or what a folder holds.

    Of a run, a plan, or the trials of a sweep; for the last two report.html is written there.
    """
    if Path(what).is_dir():
        from .shown import show_folder

        show_folder(Path(what), as_json)
        return
    found = load_scenario(what)
    if as_json:
        typer.echo(found.model_dump_json(indent=1))
        return
    from .scenario_listing import listing

    console = Console(highlight=False)
    for line in listing(found):
        console.print(line, soft_wrap=True)


@app.command("run")
def run(
    scenario: Annotated[
        str, typer.Argument(metavar="NAME|FILE", help="A shipped scenario or a scenario file.")
    ],
    seed: Annotated[int | None, typer.Option(min=0, help="Instead of the scenario's seed.")] = None,
    hours: Annotated[
        float | None, typer.Option(min=0.01, help="Instead of the scenario's duration.")
    ] = None,
    start: Annotated[
        datetime | None, typer.Option(help="Local time of the beginning, instead of the usual.")
    ] = None,
    water: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Hourly water volumes to replay (CSV)."),
    ] = None,
    doors: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Counts of door entries to replay (CSV)."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Run directory; runs/SCENARIO-SEED unless given. Overwritten."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no table.")] = False,
) -> None:
    """Simulate a community: real device logic, real sealed packets, virtual time.

    Prints a table by kind of device and writes a run directory: the scenario, results.json, Parquet
    files (docs/RESULTS.md) and report.html. With --water a run begins on the file's most telling
    day, where flow went on for longest, and lasts 48 hours.
    """
    found = load_scenario(scenario)
    from linli_hostsim.replay.csv_rows import ReplayError
    from linli_hostsim.run import run as simulate
    from linli_hostsim.scenario import read

    from .progress import progress_bar
    from .shown import print_results

    used_seed = found.seed if seed is None else seed
    folder = out or Path("runs") / f"{found.name}-{used_seed}"
    if folder.exists() and not folder.is_dir():
        raise Failure(f"{folder}: is not a directory")
    overwrites = (folder / "results.json").exists()
    with progress_bar(found.name, shown=sys.stderr.isatty() and not quiet) as progress:
        try:
            results = simulate(
                found,
                scenario_toml=read(scenario),
                seed=used_seed,
                hours=hours,
                start=start,
                water=water,
                doors=doors,
                progress=progress,
            )
        except ReplayError as error:
            raise Failure(str(error)) from error
    try:
        results.write(folder)
    except OSError as error:
        raise Failure(f"{folder}: {error.strerror}") from error
    if as_json:
        typer.echo(results.to_json())
    elif not quiet:
        print_results(results, folder)
    if overwrites and not quiet:
        typer.echo(f"(over an earlier run in {folder})", err=True)


app.command("replicate")(replicate)
app.command("compare")(compare)
app.command("sweep")(sweep)
app.command("sensitivity")(sensitivity)
app.command("validate")(validate)
