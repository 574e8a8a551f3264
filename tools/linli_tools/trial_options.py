"""The options that commands with many trials share, and how such a command runs its trials."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .failure import Failure
from .progress import job_bar
from .scenario_argument import load_scenario

if TYPE_CHECKING:
    from linli_hostsim.experiments.designs import Settings
    from linli_hostsim.experiments.runs_store import Figures
    from linli_hostsim.experiments.trial import Trial

SCENARIO = Annotated[
    str, typer.Argument(metavar="NAME|FILE", help="A shipped scenario or a scenario file.")
]
SEED = Annotated[
    int | None,
    typer.Option(
        min=0, help="Of the first replication, instead of the scenario's.", show_default=False
    ),
]
REPLICATIONS = Annotated[
    int,
    typer.Option(
        min=1, help="Runs of each setting; all settings have the same seeds, each one more."
    ),
]
HOURS = Annotated[
    float | None,
    typer.Option(min=0.01, help="Instead of the scenario's duration.", show_default=False),
]
OUT = Annotated[
    Path | None,
    typer.Option(
        help="Folder of finished trials; runs/SCENARIO-trials unless given. What is in it is not "
        "run again.",
        show_default=False,
    ),
]
CLUSTER = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Of a Dask scheduler, tcp://host:port, whose workers run the trials.",
        show_default=False,
    ),
]
JOBS = Annotated[
    int | None,
    typer.Option(min=1, help="Processes; one a core unless given.", show_default=False),
]
AS_JSON = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataclass(frozen=True, slots=True)
class Experiment:
    """What the shared options say: one scenario, how its trials are run, where they are kept."""

    name: str
    scenario_toml: str
    seeds: Sequence[int]
    hours: float | None
    folder: Path
    cluster: str | None
    jobs: int | None

    @classmethod
    def of(
        cls,
        scenario: str,
        seed: int | None,
        replications: int,
        hours: float | None,
        out: Path | None,
        cluster: str | None,
        jobs: int | None,
    ) -> "Experiment":
        """Return the experiment; wrong usage when there is no such scenario."""
        from linli_hostsim.experiments.replications import seed_of
        from linli_hostsim.scenario import read

        found = load_scenario(scenario)
        first = found.seed if seed is None else seed
        return cls(
            found.name,
            read(scenario),
            [seed_of(first, number) for number in range(replications)],
            hours,
            out or Path("runs") / f"{found.name}-trials",
            cluster,
            jobs,
        )

    def trials(self, settings: "Settings") -> list["Trial"]:
        """Return a trial of the settings for each seed; wrong usage when a key leads nowhere."""
        from linli_hostsim.experiments.settings import SettingError, with_settings
        from linli_hostsim.experiments.trial import Trial

        try:
            with_settings(self.scenario_toml, settings)
        except SettingError as error:
            raise typer.BadParameter(str(error)) from error
        return [Trial(self.scenario_toml, settings, seed, self.hours) for seed in self.seeds]

    def run(self, trials: Sequence["Trial"]) -> dict[str, "Figures"]:
        """Run the trials that are not in the folder; return the figures of all by their keys.

        Those that failed lack; standard error tells of them. Failure when trials cannot be run, or
        not kept, or when somebody stops them.
        """
        from linli_hostsim.experiments.runs_store import StoreError, TrialStore
        from linli_hostsim.experiments.sweep import (
            WorkersError,
            on_cluster,
            on_this_machine,
            sweep,
        )

        try:
            workers = on_cluster(self.cluster) if self.cluster else on_this_machine(self.jobs or -1)
            with (
                TrialStore(self.folder) as store,
                job_bar(shown=sys.stderr.isatty()) as progress,
            ):
                done = sweep(trials, store, workers, progress)
                figures = store.figures
        except (StoreError, WorkersError) as error:
            raise Failure(str(error)) from error
        except KeyboardInterrupt:
            raise Failure(
                f"stopped; what is done is in {self.folder}, and the same command goes on"
            ) from None
        for trial, reason in done.failed:
            typer.echo(f"failed: {trial}: {reason}", err=True)
        keys = {trial.key for trial in trials}
        typer.echo(
            f"{done.performed} trials run, {len(keys) - done.performed} found in {self.folder}",
            err=True,
        )
        return {key: figures[key] for key in keys if key in figures}


def known_figure(name: str) -> str:
    """Return the name of a figure; wrong usage when there is none of that name."""
    from linli_hostsim.experiments.figures import FIGURES, figure_of

    try:
        figure_of(name)
    except KeyError as error:
        raise typer.BadParameter(
            f"{name}: no such figure; there are {', '.join(FIGURES)}"
        ) from error
    return name
