"""How many replications are enough: until the means of some figures are known precisely.

Law, Simulation Modeling and Analysis, section 9.4.1, after Chow and Robbins 1965: after each
replication the interval of the mean is held against the precision that was asked for.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .intervals import MeanInterval, mean_interval


@dataclass(frozen=True, slots=True)
class Precision:
    """How far a figure's mean may be from the truth: by `error`, or by that share of the truth."""

    figure: str
    error: float
    is_relative: bool = True

    def allowed(self, mean: float) -> float:
        """Return the greatest half width of an interval around `mean`.

        A relative error is one of the true mean, which is not known. Where |mean - truth| is within
        g' |mean|, it is within g'/(1 - g') |truth|; so g' = g/(1 + g) is asked for, not g.
        """
        if self.is_relative:
            return self.error / (1 + self.error) * abs(mean)
        return self.error


@dataclass(frozen=True, slots=True)
class Rule:
    """When to stop: all of `precisions` reached after `least` replications, or `most` done.

    `confidence` is that of all of them together, by Bonferroni: one of k misses its truth with a
    k-th of what it leaves. Without `precisions`, `least` is how many replications there are.
    """

    precisions: Sequence[Precision]
    least: int = 10
    most: int = 200
    confidence: float = 0.95

    @property
    def confidence_of_each(self) -> float:
        """The confidence of one figure's interval."""
        return 1 - (1 - self.confidence) / max(1, len(self.precisions))

    def interval(self, values: Sequence[float | None]) -> MeanInterval | None:
        """Return the interval of a figure's mean over those replications that have it.

        None where fewer than two have.
        """
        there = [value for value in values if value is not None]
        return mean_interval(there, self.confidence_of_each) if len(there) > 1 else None

    def missed(self, replications: Sequence[Mapping[str, float | None]]) -> list[Precision]:
        """Return the precisions that the figures of `replications` do not reach."""
        return [each for each in self.precisions if self._excess(each, replications) > 1]

    def is_met(self, replications: Sequence[Mapping[str, float | None]]) -> bool:
        """Tell whether `replications` are enough, or as many as there may be."""
        done = len(replications)
        if done < self.least:
            return False
        return done >= self.most or not self.missed(replications)

    def forecast(self, replications: Sequence[Mapping[str, float | None]]) -> int:
        """Return how many replications it will take, as half widths shrink by the root of it."""
        done = len(replications)
        if not self.precisions or done < self.least:
            return self.least
        excess = max(self._excess(each, replications) for each in self.precisions)
        return max(done, math.ceil(min(self.most, done * excess**2)))

    def _excess(
        self, precision: Precision, replications: Sequence[Mapping[str, float | None]]
    ) -> float:
        """Return the half width as a multiple of what is allowed, infinite where there is none."""
        found = self.interval([each.get(precision.figure) for each in replications])
        if found is None:
            return math.inf
        allowed = precision.allowed(found.mean)
        # Where all values are 0, relative precision allows nothing, and nothing is what it gets.
        return found.half_width / allowed if allowed else math.inf if found.half_width else 0.0
