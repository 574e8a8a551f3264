"""Communities to plan, and workers: some that simulate, others that know what comes of a trial."""

import tomllib
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from linli_hostsim.experiments.runs_store import Figures, TrialStore
from linli_hostsim.experiments.settings import with_settings
from linli_hostsim.experiments.sweep import Outcome, Workers
from linli_hostsim.experiments.trial import Trial, perform
from linli_hostsim.plan.judge import Effort
from linli_hostsim.plan.levers import Space
from linli_hostsim.plan.planning import Answer, plan
from linli_hostsim.plan.targets import parse

ESTATE = """
name = "estate"
description = "Meters and buttons on a site too large for one gateway"
duration_h = 3.0
households = 200

[site]
width_m = 500.0
height_m = 500.0
households_per_building = 10

[[devices]]
kind = "meter"
count = 30
bearers = ["lora"]
app = { report_interval_s = 3600 }

[[devices]]
kind = "panic"
count = 8
bearers = ["lora"]

[plan]
gateways = [1, 4]
standbys = [0, 2]
"""


def simulate(trials: Sequence[Trial]) -> Generator[Outcome, None, None]:
    """Run trials here, one after the other."""
    for number, trial in enumerate(trials):
        yield number, perform(trial)


def knowing(figures_of: Callable[[dict[str, object]], Figures]) -> Workers:
    """Return workers that take a trial's figures from its scenario, read as TOML."""

    def work(trials: Sequence[Trial]) -> Generator[Outcome, None, None]:
        for number, trial in enumerate(trials):
            yield number, figures_of(tomllib.loads(trial.toml))

    return work


def planned(
    folder: Path,
    workers: Workers,
    *targets: str,
    settings: dict[str, object] | None = None,
    budget_yuan: float = float("inf"),
    years: Sequence[tuple[int, float]] = (),
    hours: float | None = None,
) -> Answer:
    """Return the plan of ESTATE with `settings`; its trials are kept in `folder`."""
    text = with_settings(ESTATE, settings or {})
    with TrialStore(folder) as store:
        return plan(
            Space(text, "estate"),
            [parse(target) for target in targets],
            store,
            workers,
            budget_yuan=budget_yuan,
            effort=Effort((3,), hours),
            years=years,
        )
