"""Replications of a scenario: the same in all but the seed, as many as a rule asks for."""

from collections.abc import Callable
from functools import partial

from .runs_store import Figures, TrialStore
from .stopping import Rule
from .sweep import Progress, Workers, sweep
from .trial import Trial

TrialOf = Callable[[int], Trial]
"""Takes a replication's seed."""


class ReplicationError(Exception):
    """A replication that failed; the message names its settings and its seed, and says why."""


def seed_of(base_seed: int, replication: int) -> int:
    """Return the seed of a replication, counted from 0: each one more than the last.

    Streams hash the seed, so that neighbouring ones have nothing in common. A number has the same
    seed whatever the scenario: two scenarios share the randomness of each replication.
    """
    return base_seed + replication


def replicate(
    trial_of: TrialOf,
    base_seed: int,
    rule: Rule,
    store: TrialStore,
    workers: Workers,
    at_a_time: int,
    progress: Progress = lambda name, done, total: None,
) -> list[Figures]:
    """Run replications, `at_a_time` together, until `rule` is met; return their figures in order.

    The rule looks at one after the other, so that what it decides depends on no number of cores;
    what was run in excess is only kept in the store. `progress` is called with how many are done
    and how many it will take, as far as can be told. ReplicationError when one fails, WorkersError
    as in sweep.sweep.
    """
    found: list[Figures] = []
    while not rule.is_met(found):
        done = len(found)
        batch = rule.least if done < rule.least else min(at_a_time, rule.most - done)
        total = max(rule.forecast(found), done + batch)
        trials = [trial_of(seed_of(base_seed, done + number)) for number in range(batch)]
        outcome = sweep(trials, store, workers, partial(_tell, progress, done, total))
        for trial, reason in outcome.failed:
            raise ReplicationError(f"{trial}: {reason}")
        for trial in trials:
            found.append(store.figures[trial.key])
            if rule.is_met(found):
                break
    return found


def _tell(progress: Progress, before: int, total: int, name: str, done: int, of: int) -> None:
    """Tell of a batch that `before` replications went before it."""
    progress("replications", before + done, total)
