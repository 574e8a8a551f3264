"""Designs of experiments: which settings are tried, a grid of them or a Latin hypercube."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import inf

from scipy.stats import qmc

from ..streams import generator
from .settings import SettingError, parse_setting

Settings = dict[str, object]


@dataclass(frozen=True, slots=True)
class Choices:
    """Values of which a setting has one."""

    values: Sequence[object]

    def at(self, share: float) -> object:
        """Return the value that lies at `share`, from 0 up to but not 1, of the way."""
        return self.values[int(share * len(self.values))]


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`, both included; whole ones when both are."""

    low: float
    high: float

    @property
    def is_whole(self) -> bool:
        """Whether its numbers are integers."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def at(self, share: float) -> float:
        """Return the number at `share`, from 0 up to but not 1; each integer has as much of it."""
        if self.is_whole:
            return int(self.low) + int(share * (self.high - self.low + 1))
        return self.low + share * (self.high - self.low)

    def nearest(self, number: float) -> float:
        """Return `number`, or the nearest integer where the range is of integers."""
        return round(number) if self.is_whole else number


Factor = Choices | Range


def parse_factor(text: str) -> tuple[str, Factor]:
    """Return the key and the range of `key=low..high`, or the choices of `key=a,b,c`.

    SettingError when it is neither.
    """
    if ".." in text.partition("=")[2]:
        return parse_range(text)
    key, values = parse_setting(text)
    return key, Choices(values)


def parse_range(text: str) -> tuple[str, Range]:
    """Return the key and the range of `key=low..high`; SettingError when it is none."""
    key, _, limits = (part.strip() for part in text.partition("="))
    low, high = (_number(limit.strip()) for limit in limits.partition("..")[::2])
    if not key or low is None or high is None or not -inf < low < high < inf:
        raise SettingError(f"{text}: should be key=low..high, the low number below the high one")
    return key, Range(low, high)


def _number(text: str) -> float | None:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return None


def grid(factors: Mapping[str, Factor]) -> list[Settings]:
    """Return every combination of the choices, the last key's varying fastest.

    SettingError for a range, which has no steps.
    """
    values = []
    for key, factor in factors.items():
        if isinstance(factor, Range):
            raise SettingError(f"{key}: a range is sampled; list values, or use a Latin hypercube")
        values.append(factor.values)
    return [dict(zip(factors, combination, strict=True)) for combination in product(*values)]


def latin_hypercube(factors: Mapping[str, Factor], samples: int, seed: int) -> list[Settings]:
    """Return `samples` settings; each factor has one in every n-th part of its range.

    McKay, Beckman and Conover 1979, as scipy.stats.qmc.LatinHypercube draws it. Of choices each
    comes as often as the others, to within one.
    """
    sampler = qmc.LatinHypercube(len(factors), rng=generator(seed, "latin hypercube"))
    return [
        {
            key: factor.at(float(share))
            for (key, factor), share in zip(factors.items(), shares, strict=True)
        }
        for shares in sampler.random(samples)
    ]
