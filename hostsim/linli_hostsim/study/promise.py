"""What a promise is: the study's figures, what we assume, and how a replication is done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Values = Mapping[str, float]
"""Assumptions by name; switches are 0 or 1."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """A number that the study leaves open, and where ours is from; `span` is what it may be."""

    name: str
    value: float
    unit: str
    meaning: str
    source: str
    span: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Target:
    """A figure of the study; ours keeps the promise when it is no `worse`, that is more or less."""

    name: str
    quantity: str
    unit: str
    value: float
    worse: Literal["more", "less"]


@dataclass(frozen=True, slots=True)
class Observed:
    """A figure of ours beside which the study has none."""

    name: str
    quantity: str
    unit: str


@dataclass(frozen=True, slots=True)
class Case:
    """Other assumptions under which the promise is examined, too; `words` say what they mean."""

    changes: Values
    words: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a replication is given besides its assumptions and its seed.

    `quick` asks for a shorter one; `water` is a file of hourly household volumes, see
    `replay.water`.
    """

    quick: bool = False
    water: Path | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise of the study.

    `claim` is what the study says, `model` what stands for it here. `replicate(values, seed,
    inputs)` returns every figure of `targets` and `observed` by name, or leaves out one that a
    replication did not have; the same seed means the same chance in every case. `facts(values)`
    returns sentences that follow from the assumptions alone.
    """

    name: str
    title: str
    claim: str
    model: str
    targets: Sequence[Target]
    observed: Sequence[Observed]
    assumptions: Sequence[Assumption]
    cases: Sequence[Case]
    replicate: Callable[[Values, int, Inputs], Mapping[str, float]]
    replications: int
    quick_replications: int = 2
    facts: Callable[[Values], Sequence[str]] = field(default=lambda values: ())

    @property
    def values(self) -> dict[str, float]:
        """The assumptions as they are unless changed."""
        return {each.name: each.value for each in self.assumptions}

    def assumption(self, name: str) -> Assumption:
        """Return an assumption; KeyError when there is none of that name."""
        return {each.name: each for each in self.assumptions}[name]
