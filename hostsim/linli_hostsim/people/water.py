"""Water drawn in a household, and what leaks."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ..clockwork import US_PER_H, US_PER_S
from .timeline import arrivals, week_per_h

# Our own round figures: a morning peak from 07:00 to 09:00, an evening peak from 17:00 to 20:00,
# hardly anything at night. Weights by hour, 00:00 first.
_WORKDAY = (1, 0.5, 0.3, 0.3, 0.3, 1, 4, 9, 8, 4, 3, 4, 6, 5, 3, 3, 4, 8, 9, 8, 7, 6, 4, 2)
_WEEKEND = (2, 1, 0.5, 0.3, 0.3, 0.5, 2, 4, 7, 9, 8, 7, 7, 6, 5, 4, 5, 7, 8, 8, 7, 6, 4, 3)


@dataclass(frozen=True, slots=True)
class Fixture:
    """A kind of draw: its share of the volume, its flow and its mean duration."""

    share: float
    flow_ml_per_s: float
    mean_s: float


# Our own round figures; the shares add up to 1.
FIXTURES = (
    Fixture(0.35, 100.0, 20.0),  # tap
    Fixture(0.25, 150.0, 40.0),  # cistern
    Fixture(0.30, 130.0, 360.0),  # shower
    Fixture(0.10, 170.0, 300.0),  # washing machine
)

_FREQUENCIES = [fixture.share / (fixture.flow_ml_per_s * fixture.mean_s) for fixture in FIXTURES]


@dataclass(frozen=True, slots=True)
class Draw:
    """Water that flows evenly from its start for `duration_us`."""

    volume_ml: int
    duration_us: int


def draws(
    random: random.Random, start: datetime, litres_per_day: float
) -> Iterator[tuple[int, Draw]]:
    """Yield (time in µs, draw) for ever, with `litres_per_day` expected.

    Draws start as a Poisson process; the fixture is drawn by frequency, the duration is uniform
    within half of its mean on either side.
    """
    draws_per_day = litres_per_day * 1000 * sum(_FREQUENCIES)
    per_h = week_per_h(_WORKDAY, _WEEKEND, draws_per_day, draws_per_day)
    for time_us, _ in arrivals(random, start, per_h):
        (fixture,) = random.choices(FIXTURES, _FREQUENCIES)
        duration_s = fixture.mean_s * (0.5 + random.random())
        yield (
            time_us,
            Draw(round(fixture.flow_ml_per_s * duration_s), round(duration_s * US_PER_S)),
        )


def leak(litres_per_h: float) -> Iterator[tuple[int, Draw]]:
    """Yield a leak that never stops, a litre at a time; `litres_per_h` above 0."""
    litre_us = round(US_PER_H / litres_per_h)
    time_us = 0
    while True:
        yield time_us, Draw(1000, litre_us)
        time_us += litre_us
