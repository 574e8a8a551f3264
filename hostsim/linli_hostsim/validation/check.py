"""What a check is: a figure of the simulator beside a known one, and how far apart they may be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tolerance:
    """The greatest deviation allowed: the largest of its parts; exact when it has none.

    `standard_errors` counts standard errors of the mean of our replications.
    """

    standard_errors: float = 0.0
    relative: float = 0.0
    absolute: float = 0.0

    def allows(self, theirs: float, standard_error: float) -> float:
        """Return the greatest deviation from `theirs`, in its unit."""
        return max(
            self.absolute, self.relative * abs(theirs), self.standard_errors * standard_error
        )

    def __str__(self) -> str:
        parts = []
        if self.standard_errors:
            parts.append(f"{self.standard_errors:g} SE")
        if self.relative:
            parts.append(f"{100 * self.relative:g} %")
        if self.absolute:
            parts.append(f"{self.absolute:g}")
        return " or ".join(parts) or "exact"


EXACT = Tolerance()
STANDARD_ERRORS = 4
"""Allowed where nothing else is agreed: with 200 checks of chance, 3 would fail two validations in
five without cause, 4 one in a hundred."""


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison; `name` is unique, `unit` empty for ratios, `source` is that of `theirs`.

    `figure` is the place of ours among the figures of the experiment.
    """

    name: str
    quantity: str
    unit: str
    theirs: float
    tolerance: Tolerance
    source: str
    figure: int = 0


@dataclass(frozen=True, slots=True)
class Experiment:
    """One computation or simulation that yields the figures of its checks.

    `replicate(number)` returns them, independently for each number, which seeds its randomness.
    `quick_replications` are done in a shortened validation; 0 leaves the
    experiment out of it. `replicate` must be picklable: replications run in several processes.
    """

    checks: Sequence[Check]
    replicate: Callable[[int], Sequence[float]]
    replications: int = 1
    quick_replications: int = 1


@dataclass(frozen=True, slots=True)
class Group:
    """Experiments on one subject; `how` says what of the simulator gives our figures."""

    name: str
    title: str
    how: str
    experiments: Sequence[Experiment]

    @property
    def checks(self) -> list[Check]:
        """All checks of its experiments."""
        return [check for experiment in self.experiments for check in experiment.checks]


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found: the mean of `replications` and its standard error, 0 when exact."""

    check: Check
    ours: float
    standard_error: float
    replications: int

    @property
    def deviation(self) -> float:
        """Ours less theirs."""
        return self.ours - self.check.theirs

    @property
    def allowed(self) -> float:
        """The greatest deviation that passes."""
        return self.check.tolerance.allows(self.check.theirs, self.standard_error)

    @property
    def passed(self) -> bool:
        """Whether ours is as near to theirs as it has to be; what is not a number is not."""
        return abs(self.deviation) <= self.allowed
