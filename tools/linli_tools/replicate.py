"""`linli sim replicate`: a scenario's figures with their confidence intervals."""

import json
import math
import statistics
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from .replicating import (
    FIGURES,
    SETTINGS,
    WARM_UP,
    WarmUp,
    figures_to_show,
    read_settings,
    read_warm_up,
    trials_of,
    warm_up_lines,
)
from .replicating import replicate as run_replications
from .trial_options import (
    AS_JSON,
    CLUSTER,
    HOURS,
    JOBS,
    OUT,
    SCENARIO,
    SEED,
    Experiment,
    known_figure,
)

if TYPE_CHECKING:
    from linli_hostsim.experiments.runs_store import Figures
    from linli_hostsim.experiments.stopping import Precision, Rule

WIDE = 120  # columns, where no terminal sets a limit


def replicate(
    scenario: SCENARIO,
    replications: Annotated[
        int, typer.Option(min=2, help="How many; with --precision or --within, how many at least.")
    ] = 10,
    precision: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=SHARE",
            help="Go on until a figure's mean is within this share of the truth, such as "
            "alarm_p99_s=0.1. Repeatable.",
            show_default=False,
        ),
    ] = None,
    within: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=AMOUNT",
            help="The same in the figure's own unit, such as delivery=0.001. Repeatable.",
            show_default=False,
        ),
    ] = None,
    most: Annotated[int, typer.Option(min=2, help="Go on for no more than so many.")] = 200,
    settings: SETTINGS = None,
    figures: FIGURES = None,
    warm_up: WARM_UP = "0",
    seed: SEED = None,
    hours: HOURS = None,
    out: OUT = None,
    cluster: CLUSTER = None,
    jobs: JOBS = None,
    as_json: AS_JSON = False,
) -> None:
    """Run a scenario with several seeds, and show its figures with 95 % confidence intervals.

    Replications that have been run before, with the same code, are not run again. Exit code 1 when
    a precision is not reached. docs/EXPERIMENTS.md tells what the intervals mean.
    """
    from linli_hostsim.experiments.stopping import Rule

    shown = [known_figure(name) for name in figures or ()]
    rule = Rule(
        [_precision(text, True) for text in precision or ()]
        + [_precision(text, False) for text in within or ()],
        least=replications,
        most=max(most, replications),
    )
    experiment = Experiment.of(scenario, seed, 1, hours, out, cluster, jobs)
    changes, beginning = read_settings(settings), read_warm_up(warm_up)
    found = run_replications(experiment, trials_of(experiment, changes, beginning), rule)
    missed = rule.missed(found)
    if as_json:
        typer.echo(json.dumps(_to_json(experiment, changes, rule, found), indent=1, default=str))
    else:
        _print(experiment, rule, found, figures_to_show(shown, found), beginning)
    if missed:
        raise typer.Exit(1)


def _precision(text: str, is_relative: bool) -> "Precision":
    from linli_hostsim.experiments.stopping import Precision

    name, _, amount = text.partition("=")
    known_figure(name)
    try:
        error = float(amount)
    except ValueError:
        error = 0.0
    if not 0 < error < math.inf:
        raise typer.BadParameter(f"{text}: should be {name}= and a number above 0")
    return Precision(name, error, is_relative)


def _row(rule: "Rule", found: Sequence["Figures"], name: str) -> dict[str, Any]:
    """Return what is known of a figure, None where there are too few values to know it."""
    from linli_hostsim.experiments.intervals import quantile_interval

    values = [value for each in found if (value := each.get(name)) is not None]
    mean = rule.interval(values)
    middle = quantile_interval(values, 0.5, rule.confidence_of_each)
    return {
        "n": len(values),
        "mean": mean.mean if mean else None,
        "half_width": mean.half_width if mean else None,
        "median": statistics.median(values) if values else None,
        "median_interval": [middle.low, middle.high] if middle else None,
    }


def _to_json(
    experiment: Experiment, settings: dict[str, object], rule: "Rule", found: Sequence["Figures"]
) -> dict[str, object]:
    from linli_hostsim.experiments.figures import figure_of
    from linli_hostsim.experiments.replications import seed_of
    from linli_hostsim.experiments.trial import WARM_UP

    names = dict.fromkeys(name for each in found for name in each if name != WARM_UP)
    return {
        "scenario": experiment.name,
        "settings": settings,
        "folder": str(experiment.folder),
        "confidence": rule.confidence_of_each,
        "figures": {
            name: {"unit": figure_of(name).unit, **_row(rule, found, name)} for name in names
        },
        "not_reached": [precision.figure for precision in rule.missed(found)],
        "replications": [
            {"seed": seed_of(experiment.seeds[0], number), "figures": each}
            for number, each in enumerate(found)
        ],
    }


def _print(
    experiment: Experiment,
    rule: "Rule",
    found: Sequence["Figures"],
    shown: Sequence[str],
    warm_up: WarmUp,
) -> None:
    from linli_hostsim.experiments.figures import figure_of
    from linli_hostsim.experiments.replications import seed_of
    from linli_hostsim.quantities import NOTHING

    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
    first, last = (seed_of(experiment.seeds[0], number) for number in (0, len(found) - 1))
    confidence = f"{100 * rule.confidence_of_each:.4g} %"
    table = Table(
        title=f"{experiment.name}: {len(found)} replications, seeds {first} to {last}, "
        f"intervals of {confidence}",
        title_justify="left",
    )
    for heading in ("figure", "unit", "mean", "±", "median", "between", "n"):
        is_text = heading in ("figure", "unit")
        table.add_column(heading, justify="left" if is_text else "right", overflow="fold")
    rows = {name: _row(rule, found, name) for name in shown}
    for name, row in rows.items():
        mean, median = (
            NOTHING if row[key] is None else f"{row[key]:.5g}" for key in ("mean", "median")
        )
        width = NOTHING if row["half_width"] is None else f"{row['half_width']:.2g}"
        ends = row["median_interval"]
        between = f"{ends[0]:.4g} and {ends[1]:.4g}" if ends else NOTHING
        n = str(row["n"]) if row["n"] == len(found) else f"{row['n']} of {len(found)}"
        table.add_row(name, figure_of(name).unit, mean, width, median, between, n)
    console.print(table)
    for line in warm_up_lines(warm_up, found):
        console.print(line, soft_wrap=True)
    if any(row["n"] < len(found) for row in rows.values()):
        console.print("A figure is of those runs that have it; n tells how many.")
    if any(row["half_width"] == 0 for row in rows.values()):
        console.print("± 0: the same in all runs, which does not tell how rare anything else is.")
    for each in rule.missed(found):
        asked = f"{each.error:g} of it" if each.is_relative else f"{each.error:g}"
        console.print(f"{each.figure}: not known to {asked} after {len(found)} replications")
