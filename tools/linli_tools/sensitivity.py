"""`linli sim sensitivity`: which settings of a scenario a figure hangs on."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from .failure import Failure
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
    from linli_hostsim.experiments.designs import Range, Settings
    from linli_hostsim.experiments.sensitivity import Bar, Effect

WIDE = 120  # columns, where no terminal sets a limit


class Method(StrEnum):
    """How the settings are varied."""

    TORNADO = "tornado"
    MORRIS = "morris"


def sensitivity(
    scenario: SCENARIO,
    vary: Annotated[
        list[str],
        typer.Option(
            metavar="KEY=LOW..HIGH",
            help="A key's path and its range, such as lora.gateways=4..16. Repeatable.",
        ),
    ],
    figure: Annotated[
        str, typer.Option(metavar="NAME", help="The figure, such as alarm_p99_s or delivery.meter.")
    ],
    method: Annotated[
        Method,
        typer.Option(
            help="tornado: one setting at a time at either end, the others as they are. morris: "
            "walks through the whole space, which also show what depends on each other."
        ),
    ] = Method.TORNADO,
    trajectories: Annotated[int, typer.Option(min=2, help="Walks of Morris' method.")] = 10,
    replications: REPLICATIONS = 1,
    seed: SEED = None,
    hours: HOURS = None,
    out: OUT = None,
    cluster: CLUSTER = None,
    jobs: JOBS = None,
    as_json: AS_JSON = False,
) -> None:
    """Show what each setting does to a figure, the strongest first.

    All trials have the same seeds (common random numbers); they are kept as those of `sim sweep`.
    """
    known_figure(figure)
    ranges = _ranges(vary)
    experiment = Experiment.of(scenario, seed, replications, hours, out, cluster, jobs)
    from linli_hostsim.experiments.sensitivity import Morris, one_at_a_time, tornado

    if method is Method.TORNADO:
        value = _run(experiment, one_at_a_time(ranges), figure)
        base, bars = value({}), tornado(ranges, value)
        if as_json:
            _echo_json(experiment, figure, base=base, bars=[asdict(bar) for bar in bars])
        else:
            _print_bars(experiment, figure, base, bars)
        return
    walks = Morris(ranges, trajectories, experiment.seeds[0])
    effects = walks.effects(_run(experiment, walks.settings, figure))
    if as_json:
        _echo_json(experiment, figure, effects=[asdict(effect) for effect in effects])
    else:
        _print_effects(experiment, figure, effects)


def _ranges(texts: list[str]) -> dict[str, "Range"]:
    from linli_hostsim.experiments.designs import parse_range
    from linli_hostsim.experiments.settings import SettingError

    try:
        return dict(parse_range(text) for text in texts)
    except SettingError as error:
        raise typer.BadParameter(str(error)) from error


def _run(
    experiment: Experiment, design: list["Settings"], figure: str
) -> Callable[["Settings"], float]:
    """Run the trials of the design; return what takes settings and returns the figure's mean."""
    found = experiment.run([trial for each in design for trial in experiment.trials(each)])

    def value(settings: "Settings") -> float:
        trials = experiment.trials(settings)
        if not all(trial.key in found for trial in trials):
            raise Failure("a trial failed, so there is nothing to compare")
        values = [found[trial.key].get(figure) for trial in trials]
        known = [one for one in values if one is not None]
        if not known:
            raise Failure(f"{trials[0]}: the run has no {figure}")
        return sum(known) / len(known)

    return value


def _echo_json(experiment: Experiment, figure: str, **content: object) -> None:
    from linli_hostsim.experiments.figures import figure_of

    unit = figure_of(figure).unit
    about = {"scenario": experiment.name, "figure": figure, "unit": unit}
    typer.echo(json.dumps(about | content, indent=1))


def _table(experiment: Experiment, figure: str, what: str, *headings: str) -> Table:
    from linli_hostsim.experiments.figures import figure_of

    title = f"{experiment.name}: {figure} ({figure_of(figure).unit}), {what}"
    table = Table(title=title, title_justify="left")
    table.add_column("setting", overflow="fold")
    for heading in headings:
        table.add_column(heading, justify="right")
    return table


def _print_bars(experiment: Experiment, figure: str, base: float, bars: list["Bar"]) -> None:
    headings = ("low", "high", "at low", "at high", "swing")
    table = _table(experiment, figure, f"{base:.4g} as it is", *headings)
    for bar in bars:
        values = (f"{value:.4g}" for value in (bar.at_low, bar.at_high, bar.swing))
        table.add_row(bar.key, f"{bar.low:g}", f"{bar.high:g}", *values)
    _print(table)


def _print_effects(experiment: Experiment, figure: str, effects: list["Effect"]) -> None:
    table = _table(experiment, figure, "over the whole range", "mu*", "± (95 %)", "mu", "sigma")
    for effect in effects:
        numbers = (effect.mu_star, effect.mu_star_within, effect.mu, effect.sigma)
        table.add_row(effect.key, *(f"{number:.4g}" for number in numbers))
    _print(table)


def _print(table: Table) -> None:
    Console(highlight=False, width=None if sys.stdout.isatty() else WIDE).print(table)
