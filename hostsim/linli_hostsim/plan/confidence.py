"""Whether a target holds, from the replications there are: one-sided limits by Student's t.

Where each of N messages arrived the spread of replications is none and says nothing; then no more
is shown than that a share of at least alpha^(1/N) arrives (Clopper and Pearson 1934). Where that is
less than what is asked nothing speaks against the target, and no other design could show more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..experiments.intervals import mean_interval
from .targets import Target

_OF_CELLS = ("battery_years", "battery_years_min", "energy_j_day")


class Verdict(StrEnum):
    """What replications say of a target."""

    HOLDS = "holds"
    NOTHING_LOST = "nothing lost"
    MISSED = "missed"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A target with the mean of its figure, and the limit that the true mean is better than.

    `mean` is None where no run had the figure, `limit` where but one run had. Both are what a
    closed form says where it `is_computed`.
    """

    target: Target
    mean: float | None
    limit: float | None
    replications: int
    verdict: Verdict
    is_computed: bool = False

    @property
    def margin(self) -> float:
        """Target.margin of the limit where there is one, else of the mean.

        1 where there is nothing to judge, 0 where nothing was lost of too few messages.
        """
        if self.verdict is Verdict.NOTHING_LOST:
            return 0.0
        known = self.mean if self.limit is None else self.limit
        return 1.0 if known is None else self.target.margin(known)


def evidence(
    target: Target, values: Sequence[float | None], messages: float, alpha: float
) -> Evidence:
    """Return what `values`, one a replication, show with an error of `alpha` on either side.

    `messages` is how many units a share was counted in, in all replications.
    """
    known = [value for value in values if value is not None]
    if not known:
        # Devices without cells cannot empty them; that nobody sent anything shows nothing.
        has_none = target.figure.partition(".")[0] in _OF_CELLS
        verdict = Verdict.HOLDS if has_none else Verdict.UNDECIDED
        return Evidence(target, None, None, len(values), verdict)
    if len(known) < 2:
        return Evidence(target, known[0], None, len(values), Verdict.UNDECIDED)
    # Half of what lies outside a two-sided interval lies on one side.
    interval = mean_interval(known, 1 - 2 * alpha)
    limit, other = interval.high, interval.low
    if target.better == "more":
        limit, other = other, limit
    if target.is_share and messages:
        limit = min(limit, alpha ** (1 / messages))
    verdict = Verdict.UNDECIDED
    if target.is_met(limit):
        verdict = Verdict.HOLDS
    elif target.is_share and min(known) == 1:
        verdict = Verdict.NOTHING_LOST
    elif not target.is_met(other):
        verdict = Verdict.MISSED
    return Evidence(target, interval.mean, limit, len(values), verdict)
