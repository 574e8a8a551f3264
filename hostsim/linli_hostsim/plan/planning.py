"""A whole plan: the search, and growth with what it found."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from ..experiments.runs_store import TrialStore
from ..experiments.sweep import Workers
from .growth import YearOfGrowth, grow
from .judge import Effort, Judge
from .laboratory import Laboratory, Progress
from .levers import PlanError, Space
from .screens import Screens
from .search import Found, Search
from .targets import Target, of_every_kind


@dataclass(frozen=True, slots=True)
class Answer:
    """What a plan found, for which targets, and what it took.

    `trials` were run, as far as the store did not have them; `wall_s` seconds went by.
    """

    space: Space
    targets: tuple[Target, ...]
    budget_yuan: float
    effort: Effort
    found: Found
    growth: list[YearOfGrowth]
    trials: int
    wall_s: float


def plan(
    space: Space,
    targets: Sequence[Target],
    store: TrialStore,
    workers: Workers,
    *,
    budget_yuan: float = float("inf"),
    effort: Effort | None = None,
    years: Sequence[tuple[int, float]] = (),
    progress: Progress = lambda subject, done, total: None,
) -> Answer:
    """Return the cheapest design of `space` that meets `targets`, and how it fares in `years`.

    PlanError when there is nothing to choose from or nothing to ask for, TrialError when a design
    cannot be simulated.
    """
    begun_s = perf_counter()
    effort = effort or Effort()
    asked = of_every_kind(targets, sorted(set(space.kinds)))
    if not asked:
        raise PlanError("no target")
    laboratory = Laboratory(store, workers, progress)
    judge = Judge(space.toml, space.scenario.seed, asked, laboratory, effort)

    def expect(designs: int) -> None:
        laboratory.expect(designs * 2 * effort.looks[0])

    found = Search(Screens(space), judge, budget_yuan).run(expect)
    growth = grow(space, found.best, judge, years) if found.best and years else []
    wall_s = perf_counter() - begun_s
    return Answer(space, asked, budget_yuan, effort, found, growth, laboratory.performed, wall_s)
