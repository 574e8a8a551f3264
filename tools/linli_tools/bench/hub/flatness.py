"""Whether a figure stayed as it was over a long load."""

from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats

_LEVEL = 0.95
# A figure is flat that has changed by less than this part of its mean from beginning to end.
_TOLERANCE = 0.10


@dataclass(frozen=True, slots=True)
class Trend:
    """A straight line through a figure's samples by least squares.

    `change` is by how much it went from beginning to end, as a part of the mean, with the ends
    of its interval at 95 %.
    """

    mean: float
    change: float
    least: float
    most: float

    @property
    def flat(self) -> bool | None:
        """Whether the whole interval is within 10 % of the mean; None: it is wider than that."""
        if self.least >= -_TOLERANCE and self.most <= _TOLERANCE:
            return True
        return False if self.least > _TOLERANCE or self.most < -_TOLERANCE else None


def trend(times_s: Sequence[float], figures: Sequence[float]) -> Trend | None:
    """Return the trend of samples at these times; None: there are too few to tell."""
    if len(figures) < 3 or not any(figures):
        return None
    line = stats.linregress(times_s, figures)
    mean = sum(figures) / len(figures)
    span = (times_s[-1] - times_s[0]) / mean
    margin = stats.t.ppf((1 + _LEVEL) / 2, len(figures) - 2) * line.stderr
    slope = line.slope
    return Trend(mean, slope * span, (slope - margin) * span, (slope + margin) * span)
