"""What a plan is to achieve: a figure and the value that it must reach."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ..experiments.figures import FIGURES, figure_of

REPORT_INTERVAL = "report_interval_s"
"""A target that the design itself decides: meters report at least so often."""

OF_ALARMS = "alarm_"


class TargetError(ValueError):
    """A target that cannot be one; the message names it."""


@dataclass(frozen=True, slots=True)
class Target:
    """A figure of experiments.figures, or REPORT_INTERVAL, and the least or greatest value."""

    figure: str
    value: float

    @property
    def better(self) -> Literal["less", "more"]:
        """Which values meet it: those that are not greater, or not less."""
        return "less" if self.figure == REPORT_INTERVAL else figure_of(self.figure).better

    @property
    def is_share(self) -> bool:
        """Whether it counts what arrives, of all that might."""
        return self.better == "more" and figure_of(self.figure).unit == "share"

    def is_met(self, value: float) -> bool:
        """Tell whether `value` is good enough."""
        return value <= self.value if self.better == "less" else value >= self.value

    def margin(self, value: float) -> float:
        """Return the unused part of what is allowed; negative where the target is missed.

        Of a share what is allowed is the loss: 0.9995 where 0.999 is asked leaves a half.
        """
        if self.is_share and self.value < 1:
            return 1 - (1 - value) / (1 - self.value)
        left = self.value - value if self.better == "less" else value - self.value
        return left / self.value

    def __str__(self) -> str:
        """Write the target as users give it."""
        return f"{self.figure}={self.value:g}"


def parse(text: str) -> Target:
    """Return the target of `figure=value`; TargetError."""
    name, equals, number = text.partition("=")
    try:
        target = Target(name.strip(), float(number))
        if target.figure != REPORT_INTERVAL:
            figure_of(target.figure)
    except KeyError:
        known = ", ".join([*FIGURES, REPORT_INTERVAL])
        raise TargetError(f"{text}: unknown figure {name}; known here: {known}") from None
    except ValueError:
        raise TargetError(f"{text}: should be figure=number") from None
    if not equals or not 0 < target.value < float("inf") or (target.is_share and target.value > 1):
        raise TargetError(f"{text}: out of range")
    return target


def of_every_kind(targets: Iterable[Target], kinds: Sequence[str]) -> tuple[Target, ...]:
    """Return targets whose figures exist by kind asked of each device kind, the rest as they are.

    Else many messages of one kind would hide that another's are lost.
    """
    found: dict[str, Target] = {}
    for target in targets:
        figure = FIGURES.get(target.figure)
        names = [target.figure]
        if figure is not None and figure.by_kind:
            names = [f"{figure.name}.{kind}" for kind in kinds]
        for name in names:
            given = found.get(name)
            # The one that names its kind counts.
            if given is None or target.figure == name:
                found[name] = Target(name, target.value)
    return tuple(found.values())
