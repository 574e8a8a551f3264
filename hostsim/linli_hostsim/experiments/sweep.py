"""Many trials on many cores: on this machine by joblib, on a cluster by Dask.

Each result goes to the store as it comes, and what the store has is not run again: so a sweep that
was stopped, however that came, goes on where it was.
"""

import logging
import re
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass

from joblib import Parallel, delayed

from ..scenario import ScenarioError
from .runs_store import Figures, TrialStore
from .settings import SettingError
from .trial import Trial, code_version, perform

CONNECT_S = 10

Progress = Callable[[str, int, int], None]

# A trial's place in the sequence, and its figures or why it has none.
Outcome = tuple[int, Figures | str]

Workers = Callable[[Sequence[Trial]], Generator[Outcome, None, None]]


class WorkersError(Exception):
    """Workers that are not there, or are there no longer; the message says which."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """What came of a sweep: how many trials were run, and why some of them have no figures."""

    performed: int
    failed: list[tuple[Trial, str]]


def sweep(
    trials: Iterable[Trial],
    store: TrialStore,
    workers: Workers,
    progress: Progress = lambda name, done, total: None,
) -> Sweep:
    """Run the trials that the store lacks; their figures are in it afterwards.

    A trial that fails does not stop the others. `progress` is called with "trials", how many are
    finished and how many there are, those found in the store included. WorkersError when there are
    no workers to go on with.
    """
    wanted = {trial.key: trial for trial in trials}
    missing = [trial for key, trial in wanted.items() if key not in store.figures]
    finished = len(wanted) - len(missing)
    performed = 0
    reasons: dict[int, str] = {}
    progress("trials", finished, len(wanted))
    with closing(workers(missing)) as outcomes:
        for number, outcome in outcomes:
            performed += 1
            if isinstance(outcome, str):
                reasons[number] = outcome
            else:
                store.add(missing[number], outcome)
            progress("trials", finished + performed, len(wanted))
    return Sweep(performed, [(missing[number], reasons[number]) for number in sorted(reasons)])


def on_this_machine(jobs: int = -1) -> Workers:
    """Return workers that are `jobs` processes, -1 for as many as there are cores."""

    def work(trials: Sequence[Trial]) -> Generator[Outcome, None, None]:
        parallel = Parallel(n_jobs=jobs, batch_size=1, return_as="generator_unordered")
        try:
            yield from parallel(
                delayed(_attempt)(number, trial) for number, trial in enumerate(trials)
            )
        except BrokenProcessPool as error:
            raise WorkersError(
                f"a worker process died, perhaps for want of memory: {error}"
            ) from error

    return work


def on_cluster(address: str) -> Workers:
    """Return workers that are those of the Dask scheduler at `address`, tcp://host:port.

    What a worker had begun when it died the scheduler gives to another. WorkersError when the
    address has another form.
    """
    if not re.fullmatch(r"\w+://.+:\d+", address):
        raise WorkersError(f"{address}: should be tcp://host:port")

    def work(trials: Sequence[Trial]) -> Generator[Outcome, None, None]:
        try:
            from distributed import Client, as_completed
        except ImportError as error:
            raise WorkersError("a cluster needs: pip install 'linli[cluster]'") from error
        # What it would say of a lost scheduler is raised below.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        try:
            client = Client(address, timeout=CONNECT_S, set_as_default=False)
        except OSError as error:
            raise WorkersError(f"{address}: no Dask scheduler answers: {error}") from error
        with client:
            numbers = range(len(trials))
            code = [code_version()] * len(trials)
            futures = client.map(_attempt_elsewhere, numbers, trials, code, pure=False)
            number_of = dict(zip((future.key for future in futures), numbers, strict=True))
            for future in as_completed(futures, loop=client.loop):
                if future.cancelled():
                    raise WorkersError(f"{address}: the Dask scheduler is gone")
                died = future.exception()
                yield (number_of[future.key], _told(died)) if died else future.result()

    return work


def _attempt(number: int, trial: Trial) -> Outcome:
    try:
        return number, perform(trial)
    except Exception as error:
        return number, _told(error).removeprefix(f"{trial}: ")


def _attempt_elsewhere(number: int, trial: Trial, code: str) -> Outcome:
    # Its results would be kept as those of the code here.
    if code != code_version():
        return number, f"the worker has other code: {code_version()}; here: {code}"
    return _attempt(number, trial)


def _told(error: BaseException) -> str:
    if isinstance(error, ScenarioError | SettingError):
        return str(error)
    return f"{type(error).__name__}: {error}"
