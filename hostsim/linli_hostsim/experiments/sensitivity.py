"""Which settings a figure hangs on: one at a time (tornado), and screened together (Morris)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from SALib.analyze import morris as analysis
from SALib.sample import morris as sampling

from ..streams import generator
from .designs import Range, Settings

LEVELS = 4
"""Values that Morris' method gives each setting, evenly spread over its range."""
RESAMPLES = 1000
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure is where one setting is `low` or `high` and all others are the scenario's."""

    key: str
    low: float
    high: float
    at_low: float
    at_high: float

    @property
    def swing(self) -> float:
        """How far apart the two are."""
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a step over a setting's whole range does to a figure, in the figure's unit.

    `mu` is the mean of the elementary effects, `mu_star` that of their magnitudes, known to
    `mu_star_within` (95 %, bootstrap), `sigma` their standard deviation: great beside `mu_star`
    where the effect depends on other settings or is bent.
    """

    key: str
    mu: float
    mu_star: float
    mu_star_within: float
    sigma: float


def one_at_a_time(ranges: Mapping[str, Range]) -> list[Settings]:
    """Return the settings of a tornado: none, then each at its low and at its high end."""
    settings: list[Settings] = [{}]
    for key, range_ in ranges.items():
        settings += {key: range_.low}, {key: range_.high}
    return settings


def tornado(ranges: Mapping[str, Range], value: Callable[[Settings], float]) -> list[Bar]:
    """Return a bar for each setting, the widest first; `value` is the figure at some settings."""
    bars = [
        Bar(key, range_.low, range_.high, value({key: range_.low}), value({key: range_.high}))
        for key, range_ in ranges.items()
    ]
    return sorted(bars, key=lambda bar: bar.swing, reverse=True)


class Morris:
    """Morris' method (1991), with mu* of Campolongo, Cariboni and Saltelli (2007); SALib's.

    Each of `trajectories` walks through len(ranges) + 1 `settings`, one step of one setting after
    the other. Where a range is of integers, its levels are rounded to them.
    """

    def __init__(self, ranges: Mapping[str, Range], trajectories: int, seed: int) -> None:
        self._problem: dict[str, Any] = {
            "num_vars": len(ranges),
            "names": list(ranges),
            "bounds": [[range_.low, range_.high] for range_ in ranges.values()],
        }
        self._sample: NDArray[np.float64] = sampling.sample(
            self._problem, trajectories, LEVELS, seed=generator(seed, "morris")
        )
        self._seed = seed
        self.settings: list[Settings] = [
            {
                key: range_.nearest(float(number))
                for (key, range_), number in zip(ranges.items(), point, strict=True)
            }
            for point in self._sample
        ]

    def effects(self, value: Callable[[Settings], float]) -> list[Effect]:
        """Return each setting's effect, the greatest first; `value` as in `tornado`."""
        found = analysis.analyze(
            self._problem,
            self._sample,
            np.array([value(settings) for settings in self.settings]),
            num_resamples=RESAMPLES,
            conf_level=CONFIDENCE,
            num_levels=LEVELS,
            seed=generator(self._seed, "morris", "bootstrap"),
        )
        columns = [found[name].tolist() for name in ("mu", "mu_star", "mu_star_conf", "sigma")]
        effects = [Effect(*row) for row in zip(self._problem["names"], *columns, strict=True)]
        return sorted(effects, key=lambda effect: effect.mu_star, reverse=True)
