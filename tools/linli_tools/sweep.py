"""`linli sim sweep`: a scenario run with many settings, and its figures for each."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from .trial_options import (
    AS_JSON,
    CLUSTER,
    HOURS,
    JOBS,
    OUT,
    REPLICATIONS,
    SCENARIO,
    SEED,
    Experiment,
    known_figure,
)

if TYPE_CHECKING:
    from linli_hostsim.experiments.designs import Settings
    from linli_hostsim.experiments.runs_store import Figures
    from linli_hostsim.experiments.trial import Trial

WIDE = 120  # columns, where no terminal sets a limit
SHOWN = ["alarm_p99_s", "delivery", "latency_p99_s", "battery_years", "channel_use_max"]


def sweep(
    scenario: SCENARIO,
    settings: Annotated[
        list[str],
        typer.Option(
            "--set",
            metavar="KEY=A,B,…",
            help="A key's path and its values, such as lora.gateways=4,9,16 or "
            "meter.app.report_interval_s=3600,86400; with --latin also KEY=LOW..HIGH. Repeatable.",
        ),
    ],
    latin: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="A Latin hypercube of N settings instead of every combination.",
            show_default=False,
        ),
    ] = None,
    figures: Annotated[
        list[str] | None,
        typer.Option(
            "--figure",
            metavar="NAME",
            help=f"A figure to show; {', '.join(SHOWN)} unless given. All are kept. Repeatable.",
            show_default=False,
        ),
    ] = None,
    replications: REPLICATIONS = 1,
    seed: SEED = None,
    hours: HOURS = None,
    out: OUT = None,
    cluster: CLUSTER = None,
    jobs: JOBS = None,
    as_json: AS_JSON = False,
) -> None:
    """Run a scenario with many settings, and show the mean of its figures for each.

    A trial that has been run before, with the same code, is not run again: a sweep that was stopped
    goes on when it is given anew. Exit code 1 when a trial fails. docs/EXPERIMENTS.md tells what
    the figures are and how to question the folder of trials.
    """
    shown = [known_figure(name) for name in figures or SHOWN]
    experiment = Experiment.of(scenario, seed, replications, hours, out, cluster, jobs)
    design = _design(settings, latin, experiment.seeds[0])
    rows = [(each, experiment.trials(each)) for each in design]
    found = experiment.run([trial for _, trials in rows for trial in trials])
    if as_json:
        typer.echo(json.dumps(_to_json(experiment, rows, found), indent=1, default=str))
    else:
        _print(experiment, rows, found, shown)
    if any(trial.key not in found for _, trials in rows for trial in trials):
        raise typer.Exit(1)


def _design(texts: Sequence[str], latin: int | None, seed: int) -> list["Settings"]:
    from linli_hostsim.experiments.designs import grid, latin_hypercube, parse_factor
    from linli_hostsim.experiments.settings import SettingError

    try:
        factors = dict(parse_factor(text) for text in texts)
        return latin_hypercube(factors, latin, seed) if latin else grid(factors)
    except SettingError as error:
        raise typer.BadParameter(str(error)) from error


def _to_json(
    experiment: Experiment,
    rows: Sequence[tuple["Settings", Sequence["Trial"]]],
    found: Mapping[str, "Figures"],
) -> dict[str, object]:
    return {
        "scenario": experiment.name,
        "folder": str(experiment.folder),
        "trials": [
            {"settings": settings, "seed": trial.seed, "figures": found.get(trial.key)}
            for settings, trials in rows
            for trial in trials
        ],
    }


def _print(
    experiment: Experiment,
    rows: Sequence[tuple["Settings", Sequence["Trial"]]],
    found: Mapping[str, "Figures"],
    shown: Sequence[str],
) -> None:
    runs = len(experiment.seeds)
    of_runs = f"means of {runs} runs, ± 95 %" if runs > 1 else f"seed {experiment.seeds[0]}"
    table = Table(title=f"{experiment.name}: {of_runs}", title_justify="left")
    keys = list(rows[0][0])
    for heading in (*keys, *shown):
        table.add_column(heading, justify="right", overflow="fold")
    for settings, trials in rows:
        figures = [found[trial.key] for trial in trials if trial.key in found]
        cells = [_cell([each.get(name) for each in figures]) for name in shown]
        table.add_row(*(str(settings[key]) for key in keys), *cells)
    Console(highlight=False, width=None if sys.stdout.isatty() else WIDE).print(table)


def _cell(values: Sequence[float | None]) -> str:
    from linli_hostsim.experiments.intervals import mean_interval
    from linli_hostsim.quantities import NOTHING

    known = [value for value in values if value is not None]
    if len(known) > 1:
        interval = mean_interval(known)
        return f"{interval.mean:.4g} ± {interval.half_width:.2g}"
    return f"{known[0]:.4g}" if known else NOTHING
