"""Doing experiments: their replications in several processes, and what they add up to."""

import math
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from .check import Experiment, Result

Progress = Callable[[str, int, int], None]
"""Takes the name of what was done last, how many replications are done, and of how many."""


def run(
    experiments: Sequence[Experiment], quick: bool, processes: int, progress: Progress
) -> list[Result]:
    """Return a result for each check of `experiments`, in their order.

    `quick` does each experiment's quick replications, and leaves out those that have none.
    """
    counts = [
        experiment.quick_replications if quick else experiment.replications
        for experiment in experiments
    ]
    samples: dict[tuple[int, int], Sequence[float]] = {}
    # Spawned, not forked: a progress bar runs in a thread.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        under_way: dict[Future[Sequence[float]], tuple[int, int]] = {
            pool.submit(experiment.replicate, number): (index, number)
            for index, (experiment, count) in enumerate(zip(experiments, counts, strict=True))
            for number in range(count)
        }
        for done, future in enumerate(as_completed(under_way), 1):
            index, number = under_way[future]
            samples[index, number] = future.result()
            progress(experiments[index].checks[0].name, done, len(under_way))
    return [
        result
        for index, (experiment, count) in enumerate(zip(experiments, counts, strict=True))
        if count
        for result in _results(experiment, [samples[index, number] for number in range(count)])
    ]


def _results(experiment: Experiment, samples: Sequence[Sequence[float]]) -> list[Result]:
    results = []
    for check in experiment.checks:
        ours = [figures[check.figure] for figures in samples]
        results.append(Result(check, statistics.fmean(ours), _standard_error(ours), len(ours)))
    return results


def _standard_error(values: Sequence[float]) -> float:
    return statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0
