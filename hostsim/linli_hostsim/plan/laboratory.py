"""Where a plan's trials are run: side by side, each once, with what is left of the work told."""

from collections.abc import Callable, Sequence

from ..experiments.runs_store import Figures, TrialStore
from ..experiments.sweep import Workers, sweep
from ..experiments.trial import Trial

Progress = Callable[[str, int, int], None]
"""Takes what is being simulated, how many trials are done, and how many are expected."""


class TrialError(Exception):
    """A trial without results; the message says why."""


class Laboratory:
    """Runs trials by `workers`; the store keeps what is finished."""

    def __init__(self, store: TrialStore, workers: Workers, progress: Progress) -> None:
        self.performed = 0
        self.subject = ""
        self._finished = 0
        self._expected = 0
        self._store = store
        self._workers = workers
        self._progress = progress

    def expect(self, trials: int) -> None:
        """Take how many trials are likely still to come."""
        self._expected = self._finished + trials

    def results(self, trials: Sequence[Trial]) -> list[Figures]:
        """Return the figures of `trials`; TrialError when one fails."""
        before = self._finished

        def tell(name: str, done: int, total: int) -> None:
            self._finished = before + done
            known = max(self._expected, before + total)
            self._progress(self.subject, self._finished, known)

        done = sweep(trials, self._store, self._workers, tell)
        self.performed += done.performed
        if done.failed:
            trial, reason = done.failed[0]
            raise TrialError(f"{trial}: {reason}")
        return [self._store.figures[trial.key] for trial in trials]
