"""What a folder holds, in the terminal: a run, a plan, or the trials of a sweep."""

import json
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from linli_hostsim import campaign_table
from linli_hostsim.quantities import count, duration
from linli_hostsim.report.answers import Answer, answers
from linli_hostsim.results import REPORT_FILE, RESULTS_FILE, Results, ResultsError
from linli_hostsim.scenario import ScenarioError
from linli_hostsim.table import terminal_table

from .failure import Failure

PLAN_FILE = "plan.json"


def show_folder(folder: Path, as_json: bool) -> None:
    """Show what is in `folder`; of a plan or trials also write the page. Failure."""
    try:
        if (folder / PLAN_FILE).exists():
            _show_plan(folder, as_json)
        elif not (folder / RESULTS_FILE).exists() and any(folder.glob("*.parquet")):
            _show_trials(folder, as_json)
        else:
            results = Results.read(folder)
            if as_json:
                typer.echo(results.to_json())
            else:
                print_results(results, folder)
    except (ResultsError, ScenarioError) as error:
        raise Failure(str(error)) from error
    except OSError as error:
        raise Failure(f"{error.filename}: {error.strerror}") from error


def _show_plan(folder: Path, as_json: bool) -> None:
    from linli_hostsim.report import plan_page

    text = (folder / PLAN_FILE).read_text(encoding="utf-8")
    try:
        data = json.loads(text)
        page = plan_page.render(data)
    except (ValueError, KeyError) as error:
        raise Failure(f"{folder / PLAN_FILE}: no plan of this version: {error}") from error
    write_page(folder, page)
    if as_json:
        typer.echo(text, nl=False)
        return
    console = Console(highlight=False)
    console.print(f"[bold]A plan for {data['scenario']}[/]")
    _print_answers(console, plan_page.answers(data))
    _print_place(console, folder)


def _show_trials(folder: Path, as_json: bool) -> None:
    from linli_hostsim.report import sweep_page
    from linli_hostsim.report.trials import TrialsError, read

    try:
        trials = read(folder)
    except TrialsError as error:
        raise Failure(str(error)) from error
    write_page(folder, sweep_page.render(trials))
    if as_json:
        designs = [
            {"settings": dict(design.settings), "figures": list(design.figures)}
            for design in trials.designs
        ]
        content = {"scenario": trials.name, "code": trials.code, "designs": designs}
        typer.echo(json.dumps(content, indent=1, ensure_ascii=False))
        return
    listing = sweep_page.designs(trials)
    table = Table(title=trials.name, caption=listing.caption, title_justify="left")
    for heading in listing.headings:
        table.add_column(heading, justify="right", overflow="fold")
    for row in listing.rows:
        table.add_row(*row)
    console = Console(highlight=False)
    console.print(table)
    _print_answers(console, sweep_page.answers(trials))
    _print_place(console, folder)


def write_page(folder: Path, page: str) -> None:
    """Write a folder's page."""
    (folder / REPORT_FILE).write_text(page, encoding="utf-8", newline="\n")


def _print_answers(console: Console, found: list[Answer]) -> None:
    for answer in found:
        console.print(f"{answer.question} {answer.text}", soft_wrap=True, markup=False)


def _print_place(console: Console, folder: Path) -> None:
    console.print(f"Report: {folder / REPORT_FILE}", soft_wrap=True, markup=False)


def print_results(results: Results, run_directory: Path) -> None:
    """Print a run: the table by kind of device, then the answers."""
    meta = results.meta
    console = Console(highlight=False)
    console.print(
        terminal_table(
            f"{meta.scenario}: {count(meta.devices)} devices, "
            f"{duration(meta.duration_s * 1_000_000)}, seed {meta.seed}",
            results.kinds,
        )
    )
    if campaign_table.kinds(results.tables):
        console.print(campaign_table.terminal_table(results.tables, meta.duration_s))
    _print_answers(console, answers(results))
    for role, lines in meta.inputs.items():
        for line in lines:
            console.print(f"{role}: {line}", soft_wrap=True, markup=False)
    console.print(
        f"{count(meta.events)} simulator events in {duration(round(results.wall_s * 1e6))}, "
        f"{count(round(results.events_per_s))} a second, crypto {meta.versions['crypto']}"
    )
    _print_place(console, run_directory)
