"""All groups of checks, and the choice of some by name."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from . import (
    airtime,
    aloha,
    availability,
    ble,
    delivery,
    erlang,
    lorasim,
    nbiot,
    ns3,
    queues,
    reach,
    rs485,
    traffic,
    wifi,
)
from .check import Experiment, Group


class NoCheckError(ValueError):
    """A name that is neither a check nor a group."""


@cache
def groups() -> tuple[Group, ...]:
    """Return every group, in the order in which a reader meets them."""
    modules = (
        airtime,
        reach,
        aloha,
        erlang,
        lorasim,
        delivery,
        ns3,
        nbiot,
        traffic,
        rs485,
        wifi,
        ble,
        queues,
        availability,
    )
    return tuple(module.group() for module in modules)


def choose(names: Sequence[str], quick: bool) -> list[Group]:
    """Return the groups with the experiments that yield the checks `names`; all when empty.

    A name is a check's, or a group's for all of its checks. `quick` leaves out experiments without
    quick replications. NoCheckError names what does not exist.
    """
    known = {name for group in groups() for name in (group.name, *_names(group.experiments))}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise NoCheckError(f"no check {unknown[0]!r}; groups: {', '.join(_group_names())}")
    chosen = []
    for group in groups():
        experiments = [
            experiment
            for experiment in group.experiments
            if (experiment.quick_replications or not quick)
            and (not names or group.name in names or set(names) & set(_names([experiment])))
        ]
        if experiments:
            chosen.append(replace(group, experiments=experiments))
    return chosen


def _names(experiments: Sequence[Experiment]) -> list[str]:
    return [check.name for experiment in experiments for check in experiment.checks]


def _group_names() -> list[str]:
    return [group.name for group in groups()]
