"""Cryptography and framing: Linli, its other engines and its peers, job by job in turns."""

import platform
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from . import peers
from .engines import Engine, started
from .jobs import ENGINE_JOBS, GROUPS, Group, Implementation, Job
from .machine import Machine, processor
from .reference import IMPLEMENTATION as REFERENCE
from .timing import Budget, Work, time_in_turns, work

CLOCK = "clock"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Measured:
    """A job's seconds a message by who did it; the engines that were not chosen stand apart."""

    group: Group
    job: Job
    clock_hz: float | None
    seconds: dict[str, float]
    by_engine: dict[str, float]


@dataclass(frozen=True, slots=True)
class Results:
    """What was measured; `own` are Linli's names in it, `absent` tells how to get a peer."""

    machine: Machine
    own: tuple[str, ...]
    absent: dict[str, str]
    measured: list[Measured]


def measure(budget: Budget, progress: Progress) -> Results:
    """Time every job; `progress` takes its name, its number and how many there are."""
    own, engines, clock = _own()
    present, absent = peers.load()
    everyone = [*own, *present]
    jobs = [(group, job) for group in GROUPS for job in group.jobs]
    measured = []
    with started(engines[1:]) as others:
        for number, (group, job) in enumerate(jobs):
            progress(job.name, number, len(jobs))
            measured.append(_measure(group, job, everyone, others, clock, budget))
    clocks = [one.clock_hz for one in measured if one.clock_hz]
    machine = Machine(
        processor(),
        f"{platform.system()} {platform.machine()}",
        median(clocks) if clocks else None,
        engines[0] if engines else REFERENCE.name,
        engines,
        {one.name: one.version for one in everyone},
        datetime.now().astimezone().isoformat(timespec="seconds"),
    )
    return Results(machine, tuple(one.name for one in own), absent, measured)


def _own() -> tuple[list[Implementation], tuple[str, ...], Work | None]:
    """Return Linli's implementations, its engines with the one at work first, and the clock."""
    try:
        from linli_native import ENGINE, ENGINES
    except ImportError:
        return [REFERENCE], (), None
    from . import native

    others = (name for name in ENGINES if name != ENGINE)
    return [native.IMPLEMENTATION, REFERENCE], (ENGINE, *others), native.clock()


def _measure(
    group: Group,
    job: Job,
    everyone: list[Implementation],
    engines: list[Engine],
    clock: Work | None,
    budget: Budget,
) -> Measured:
    ways = {
        one.name: work(one.makers[job.kind](job), one.messages(job))
        for one in everyone
        if job.kind in one.makers
    }
    others = {one.name: one.work(job) for one in engines if job in ENGINE_JOBS}
    seconds = time_in_turns(ways | others | ({CLOCK: clock} if clock else {}), budget)
    return Measured(
        group,
        job,
        1 / seconds[CLOCK] if clock else None,
        {name: seconds[name] for name in ways},
        {name: seconds[name] for name in others},
    )
