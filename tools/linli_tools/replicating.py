"""The options of commands that replicate scenarios, and how such a command runs them."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from .failure import Failure
from .progress import job_bar
from .trial_options import Experiment

if TYPE_CHECKING:
    from linli_hostsim.experiments.designs import Settings
    from linli_hostsim.experiments.replications import TrialOf
    from linli_hostsim.experiments.runs_store import Figures
    from linli_hostsim.experiments.stopping import Rule

WarmUp = float | Literal["mser5"]

SETTINGS = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change a value of the scenario, such as lora.gateways=9. Repeatable.",
        show_default=False,
    ),
]
WARM_UP = Annotated[
    str,
    typer.Option(
        metavar="HOURS|mser5",
        help="Leave out what began in the first HOURS of a run, or as many as MSER-5 finds.",
    ),
]
FIGURES = Annotated[
    list[str] | None,
    typer.Option(
        "--figure",
        metavar="NAME",
        help="A figure to show, such as delivery.meter; all but those of a device kind unless "
        "given. Repeatable.",
        show_default=False,
    ),
]


def read_settings(texts: Sequence[str] | None) -> "Settings":
    """Return the settings of KEY=VALUE texts; wrong usage where one has no value, or several."""
    from linli_hostsim.experiments.settings import SettingError, parse_setting

    settings: dict[str, object] = {}
    for text in texts or ():
        try:
            key, values = parse_setting(text)
        except SettingError as error:
            raise typer.BadParameter(str(error)) from error
        if len(values) > 1:
            raise typer.BadParameter(f"{text}: one value is to be set; sweep takes several")
        settings[key] = values[0]
    return settings


def read_warm_up(text: str) -> WarmUp:
    """Return the hours to leave out, or "mser5"; wrong usage when it is neither."""
    if text == "mser5":
        return "mser5"
    try:
        hours = float(text)
    except ValueError:
        hours = -1.0
    if not 0 <= hours < float("inf"):
        raise typer.BadParameter(f"{text}: the warm-up should be a number of hours, or mser5")
    return hours


def trials_of(experiment: Experiment, settings: "Settings", warm_up: WarmUp) -> "TrialOf":
    """Return what makes a trial of a seed; wrong usage when it would be none, or all warm-up."""
    from linli_hostsim.experiments.trial import Trial
    from linli_hostsim.scenario import ScenarioError, parse

    (first,) = experiment.trials(settings)
    try:
        described = parse(first.toml, experiment.name)
    except ScenarioError as error:
        raise typer.BadParameter(" ".join(str(error).split())) from error
    hours = experiment.hours or described.duration_h
    if isinstance(warm_up, float) and warm_up >= hours:
        raise typer.BadParameter(f"a warm-up of {warm_up:g} h leaves nothing of {hours:g} h")
    return lambda seed: Trial(experiment.scenario_toml, settings, seed, experiment.hours, warm_up)


def replicate(experiment: Experiment, trial_of: "TrialOf", rule: "Rule") -> list["Figures"]:
    """Return the figures of replications until `rule` is met, those in the folder not run again.

    Failure when trials cannot be run, or not kept, or when somebody stops them.
    """
    from linli_hostsim.experiments import replications
    from linli_hostsim.experiments.runs_store import StoreError, TrialStore
    from linli_hostsim.experiments.sweep import WorkersError, on_cluster, on_this_machine

    base_seed = experiment.seeds[0]
    cluster, jobs = experiment.cluster, experiment.jobs
    workers = on_cluster(cluster) if cluster else on_this_machine(jobs or -1)
    try:
        with (
            TrialStore(experiment.folder) as store,
            job_bar(shown=sys.stderr.isatty()) as progress,
        ):
            return replications.replicate(
                trial_of, base_seed, rule, store, workers, jobs or os.cpu_count() or 1, progress
            )
    except (StoreError, WorkersError, replications.ReplicationError) as error:
        raise Failure(str(error)) from error
    except KeyboardInterrupt:
        raise Failure(
            f"stopped; what is done is in {experiment.folder}, and the same command goes on"
        ) from None


def figures_to_show(names: Sequence[str] | None, found: Sequence["Figures"]) -> list[str]:
    """Return `names`, or all figures of whole communities that any of `found` has."""
    from linli_hostsim.experiments.figures import FIGURES

    if names:
        return list(names)
    return [name for name in FIGURES if any(each.get(name) is not None for each in found)]


def warm_up_lines(warm_up: WarmUp, found: Sequence["Figures"]) -> list[str]:
    """Return what is to be said of the warm-up that was left out."""
    from linli_hostsim.experiments.trial import WARM_UP
    from linli_hostsim.quantities import duration

    if warm_up != "mser5":
        return [f"Left out: what began in the first {warm_up:g} h of each run."] if warm_up else []
    cuts_s = [cut for each in found if (cut := each.get(WARM_UP)) is not None]
    lines = []
    if cuts_s:
        least, most = (duration(round(cut * 1e6)) for cut in (min(cuts_s), max(cuts_s)))
        lines.append(f"Left out by MSER-5: what began in the first {least} to {most} of a run.")
    if len(cuts_s) < len(found):
        few = len(found) - len(cuts_s)
        lines.append(
            f"Too short to tell a warm-up, so that all counts: {few} of {len(found)} runs."
        )
    return lines
