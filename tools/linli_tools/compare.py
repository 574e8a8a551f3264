"""`linli sim compare`: what another scenario, or other settings, do to the figures."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from .replicating import (
    FIGURES,
    SETTINGS,
    WARM_UP,
    figures_to_show,
    read_settings,
    read_warm_up,
    replicate,
    trials_of,
    warm_up_lines,
)
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
    from linli_hostsim.experiments.comparison import Comparison
    from linli_hostsim.experiments.runs_store import Figures

WIDE = 120  # columns, where no terminal sets a limit


def compare(
    first: SCENARIO,
    second: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME|FILE]",
            help="Another scenario; the same one unless given.",
            show_default=False,
        ),
    ] = None,
    settings: SETTINGS = None,
    but: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            help="Change a value of the second only, such as lora.gateways=9. Repeatable.",
            show_default=False,
        ),
    ] = None,
    replications: Annotated[int, typer.Option(min=2, help="Runs of each.")] = 10,
    figures: FIGURES = None,
    warm_up: WARM_UP = "0",
    seed: SEED = None,
    hours: HOURS = None,
    out: OUT = None,
    cluster: CLUSTER = None,
    jobs: JOBS = None,
    as_json: AS_JSON = False,
) -> None:
    """Compare two scenarios, or one with other settings, run with the same seeds.

    People do the same in both runs of a pair, so that the differences of pairs show what the change
    does. A verdict holds with 95 % confidence for one figure. Replications that have been run
    before, with the same code, are not run again.
    """
    from linli_hostsim.experiments.comparison import compare as held_against
    from linli_hostsim.experiments.figures import figure_of
    from linli_hostsim.experiments.stopping import Rule

    if second is None and not but:
        raise typer.BadParameter("give a second scenario, or --but KEY=VALUE")
    shown = [known_figure(name) for name in figures or ()]
    beginning, shared = read_warm_up(warm_up), read_settings(settings)
    changes = [shared, {**shared, **read_settings(but)}]
    one = Experiment.of(first, seed, 1, hours, out, cluster, jobs)
    # The same seeds, though the second may have one of its own.
    other = Experiment.of(second or first, one.seeds[0], 1, hours, out, cluster, jobs)
    rule = Rule([], least=replications)
    both = list(zip((one, other), changes, strict=True))
    trials = [trials_of(experiment, each, beginning) for experiment, each in both]
    found = [
        replicate(experiment, trial_of, rule)
        for experiment, trial_of in zip((one, other), trials, strict=True)
    ]
    labels = [_label(experiment.name, each) for experiment, each in both]
    names = _in_both(found) if as_json else figures_to_show(shown, [*found[0], *found[1]])
    compared = {
        name: held_against(
            [each.get(name) for each in found[0]],
            [each.get(name) for each in found[1]],
            figure_of(name).better,
        )
        for name in names
    }
    if as_json:
        typer.echo(json.dumps(_to_json(labels, one.seeds[0], found, compared), indent=1))
        return
    _print(labels, one.seeds[0], replications, compared)
    for label, each in zip("AB", found, strict=True):
        for line in warm_up_lines(beginning, each):
            typer.echo(f"{label}: {line}")


def _label(name: str, settings: dict[str, object]) -> str:
    changes = ", ".join(f"{key}={value}" for key, value in settings.items())
    return f"{name} with {changes}" if changes else name


def _in_both(found: Sequence[Sequence["Figures"]]) -> list[str]:
    from linli_hostsim.experiments.trial import WARM_UP

    names = [dict.fromkeys(name for each in one for name in each) for one in found]
    return [name for name in names[0] if name in names[1] and name != WARM_UP]


def _to_json(
    labels: Sequence[str],
    base_seed: int,
    found: Sequence[Sequence["Figures"]],
    compared: dict[str, "Comparison"],
) -> dict[str, object]:
    from linli_hostsim.experiments.figures import figure_of
    from linli_hostsim.experiments.replications import seed_of

    return {
        "first": labels[0],
        "second": labels[1],
        "figures": {
            name: {
                "unit": figure_of(name).unit,
                "n": each.n,
                "means": each.means,
                "difference": asdict(each.difference) if each.difference else None,
                "second_is": each.verdict.value,
            }
            for name, each in compared.items()
        },
        "pairs": [
            {"seed": seed_of(base_seed, number), "first": one, "second": other}
            for number, (one, other) in enumerate(zip(*found, strict=True))
        ],
    }


def _print(
    labels: Sequence[str], base_seed: int, replications: int, compared: dict[str, "Comparison"]
) -> None:
    from linli_hostsim.experiments.figures import figure_of
    from linli_hostsim.experiments.replications import seed_of
    from linli_hostsim.quantities import NOTHING

    def number(value: float | None) -> str:
        return NOTHING if value is None else f"{value:.5g}"

    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
    for letter, label in zip("AB", labels, strict=True):
        console.print(f"{letter}: {label}", markup=False, soft_wrap=True)
    last = seed_of(base_seed, replications - 1)
    table = Table(
        title=f"{replications} pairs, seeds {base_seed} to {last}, intervals of 95 %",
        title_justify="left",
    )
    for heading in ("figure", "unit", "A", "B", "B - A", "±", "B is"):
        is_text = heading in ("figure", "unit", "B is")
        table.add_column(heading, justify="left" if is_text else "right", overflow="fold")
    for name, each in compared.items():
        difference = each.difference
        verdict = each.verdict.value
        pairs = difference.n if difference else 0
        if pairs < replications:
            verdict += f"; n: A {each.n[0]}, B {each.n[1]}, pairs {pairs}"
        table.add_row(
            name,
            figure_of(name).unit,
            *map(number, each.means),
            number(difference.mean if difference else None),
            f"{difference.half_width:.2g}" if difference else NOTHING,
            verdict,
        )
    console.print(table)
    console.print("Of twenty figures that do not differ, one is taken for better or worse.")
