"""When a fault happens: once at its time, or as a Poisson process at its rate."""

import random
from collections.abc import Callable

from simpy import Environment

from ..clockwork import US_PER_H, at
from ..people.alarms import DAYS_PER_MONTH
from ..scenario import Fault

HOURS_PER_MONTH = 24 * DAYS_PER_MONTH


def begin(
    env: Environment, random: random.Random, fault: Fault, happen: Callable[[], None]
) -> None:
    """Call `happen` whenever `fault` says."""
    if fault.at_h is not None:
        at(env, round(fault.at_h * US_PER_H), happen)
        return
    assert fault.per_month is not None
    per_us = fault.per_month / (HOURS_PER_MONTH * US_PER_H)
    poisson(env, random, per_us, happen)


def poisson(
    env: Environment, random: random.Random, per_us: float, happen: Callable[[], None]
) -> None:
    """Call `happen` for ever, `per_us` times a microsecond on average."""

    def again() -> None:
        happen()
        at(env, round(random.expovariate(per_us)), again)

    at(env, round(random.expovariate(per_us)), again)
