"""The `linli` command: its groups put together, its errors told in one line."""

import sys
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated

import typer

from . import bench, board, firmware, frames, hub, keys, sim, study
from .attack import attack
from .economy import economy
from .failure import Failure
from .plan import plan
from .risk import risk

EXAMPLES = """
**Start here**

`linli sim list` · the communities that come with Linli

`linli sim run tiny` · simulate the smallest of them: a table, and a report to open in a browser

`linli sim show hemu` · every value of a scenario, with its unit and its source

`linli keys new community.key` · the key everything else is derived from

`linli frames decode 00…00 --community-key community.key` · what is in this frame, what is wrong?

Every command has its own `--help`. Exit codes: 0 success, 1 failure, 2 wrong usage.
"""

app = typer.Typer(
    help="Linli, the device layer of a smart community: simulate it, look into its frames, make "
    "its keys, measure it.",
    epilog=EXAMPLES,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(sim.app, name="sim", rich_help_panel="Plan")
app.command("study", rich_help_panel="Plan")(study.study)
app.command("economy", rich_help_panel="Plan")(economy)
app.command("plan", rich_help_panel="Plan")(plan)
app.command("risk", rich_help_panel="Plan")(risk)
app.add_typer(frames.app, name="frames", rich_help_panel="Build and watch devices")
app.add_typer(firmware.app, name="firmware", rich_help_panel="Build and watch devices")
app.add_typer(board.app, name="board", rich_help_panel="Build and watch devices")
app.add_typer(hub.app, name="hub", rich_help_panel="Serve")
app.add_typer(keys.app, name="keys", rich_help_panel="Build and watch devices")
app.add_typer(bench.app, name="bench", rich_help_panel="Measure")
app.command("attack", rich_help_panel="Measure")(attack)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"linli {version('linli')}")
        raise typer.Exit


@app.callback()
def options(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Take the options of the command as a whole."""


def main() -> None:
    """Run the command line and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a letter is shown its number.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except (Failure, OSError) as failure:
        typer.echo(f"error: {failure}", err=True)
        sys.exit(1)
