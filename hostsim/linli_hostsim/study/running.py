"""Examining promises: replications of every case, in several processes, and their intervals."""

from collections.abc import Callable, Mapping, Sequence

from joblib import Parallel, delayed

from ..experiments.intervals import MeanInterval, mean_interval
from .catalogue import choose
from .finding import Finding, Outcome
from .promise import Inputs, Promise, Values

Progress = Callable[[str, int, int], None]
"""Takes the name of a promise, how many replications are done, and of how many."""

Figures = Mapping[str, float]


class AssumptionError(ValueError):
    """A name that none of the promises examined assumes anything for, or a value out of span."""


def run(
    promises: Sequence[Promise],
    inputs: Inputs,
    changes: Values,
    jobs: int = -1,
    progress: Progress = lambda name, done, total: None,
) -> list[Finding]:
    """Return a finding for each of `promises`, in their order.

    `changes` replaces assumptions by name, for every promise that makes them. AssumptionError
    when no promise does, or not with such a value.
    """
    _check(promises, changes)
    values_of = {
        promise.name: promise.values
        | {name: value for name, value in changes.items() if name in promise.values}
        for promise in promises
    }
    tasks = [
        (promise.name, seed, values_of[promise.name], inputs)
        for promise in promises
        for seed in range(1, _replications(promise, inputs) + 1)
    ]
    found: dict[tuple[str, int], list[Figures]] = {}
    parallel = Parallel(n_jobs=jobs, batch_size=1, return_as="generator_unordered")
    for name, seed, figures in parallel(delayed(_replicate)(*task) for task in tasks):
        found[name, seed] = figures
        progress(name, len(found), len(tasks))
    return [_finding(promise, values_of[promise.name], found, inputs) for promise in promises]


def _check(promises: Sequence[Promise], changes: Values) -> None:
    made = [each for promise in promises for each in promise.assumptions]
    known = sorted({each.name for each in made})
    for name in changes:
        if name not in known:
            raise AssumptionError(f"no assumption {name!r}; known here: {', '.join(known)}")
    for each in made:
        low, high = each.span
        if not low <= changes.get(each.name, low) <= high:
            raise AssumptionError(f"{each.name}: should be from {low:g} to {high:g}")


def _replications(promise: Promise, inputs: Inputs) -> int:
    return promise.quick_replications if inputs.quick else promise.replications


def _replicate(
    name: str, seed: int, values: Values, inputs: Inputs
) -> tuple[str, int, list[Figures]]:
    """Return the figures of every case, those of the base first.

    One process does them all, so that a promise may keep what its cases share.
    """
    (promise,) = choose([name])
    changes = [{}, *(case.changes for case in promise.cases)]
    figures = [promise.replicate({**values, **each}, seed, inputs) for each in changes]
    return name, seed, figures


def _finding(
    promise: Promise,
    values: Values,
    found: Mapping[tuple[str, int], Sequence[Figures]],
    inputs: Inputs,
) -> Finding:
    samples = [found[promise.name, seed] for seed in range(1, _replications(promise, inputs) + 1)]
    base, *others = (
        Outcome(case, _estimates([replication[number] for replication in samples]))
        for number, case in enumerate([None, *promise.cases])
    )
    return Finding(promise, values, base, others)


def _estimates(samples: Sequence[Figures]) -> dict[str, MeanInterval]:
    names = dict.fromkeys(name for sample in samples for name in sample)
    values = {name: [sample[name] for sample in samples if name in sample] for name in names}
    # A figure that came but once has no interval, and nothing is claimed of it.
    return {name: mean_interval(each) for name, each in values.items() if len(each) > 1}
