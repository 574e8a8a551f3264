"""What came of examining a promise: estimates case by case, and the verdict that follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..experiments.intervals import MeanInterval
from .promise import Case, Promise, Target, Values


class Verdict(StrEnum):
    """Whether a promise holds: in every case examined, in some, or in none.

    OPEN where it is kept in none, but nothing under its own assumptions contradicts it either:
    more replications would tell.
    """

    HOLDS = "holds"
    CONDITIONAL = "holds only if"
    FAILS = "does not hold"
    OPEN = "open"


class Answer(StrEnum):
    """Whether a figure keeps its part of a promise; OPEN where its interval leaves that open."""

    KEPT = "kept"
    BROKEN = "broken"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case's estimates by figure; `case` is None for the promise's own assumptions."""

    case: Case | None
    estimates: Mapping[str, MeanInterval]

    def answer(self, target: Target) -> Answer:
        """Tell on which side of the study's figure the whole interval is.

        What never occurred has no estimate and leaves the answer open.
        """
        estimate = self.estimates.get(target.name)
        if estimate is None:
            return Answer.OPEN
        low, high = estimate.low - target.value, estimate.high - target.value
        if target.worse == "more":
            low, high = -high, -low
        if low >= 0:
            return Answer.KEPT
        return Answer.BROKEN if high < 0 else Answer.OPEN


@dataclass(frozen=True, slots=True)
class Finding:
    """A promise with the `values` assumed, the outcome under them and under each other case."""

    promise: Promise
    values: Values
    base: Outcome
    others: Sequence[Outcome]

    def holds(self, outcome: Outcome) -> bool:
        """Tell whether the outcome keeps every part of the promise; what is open is not kept."""
        return all(outcome.answer(target) is Answer.KEPT for target in self.promise.targets)

    @property
    def verdict(self) -> Verdict:
        """The verdict over all cases."""
        kept = [self.holds(outcome) for outcome in (self.base, *self.others)]
        if all(kept):
            return Verdict.HOLDS
        if any(kept):
            return Verdict.CONDITIONAL
        answers = [self.base.answer(target) for target in self.promise.targets]
        return Verdict.FAILS if Answer.BROKEN in answers else Verdict.OPEN

    @property
    def turning(self) -> list[Case]:
        """The cases whose answer is not that of the promise's own assumptions."""
        base = self.holds(self.base)
        return [
            outcome.case
            for outcome in self.others
            if outcome.case is not None and self.holds(outcome) is not base
        ]
