"""What a finding says in words and numbers, for the terminal and for docs/STUDY.md."""

import math

from ..experiments.intervals import MeanInterval
from .finding import Answer, Finding, Verdict
from .promise import Case, Promise

NOTHING = "–"
_PERCENT = 100


def quantity(value: float, unit: str) -> str:
    """Return a number without interval.

    >>> quantity(0.9999, "share"), quantity(15.0, "min"), quantity(3.0, "")
    ('99.99 %', '15 min', '3')
    """
    if unit == "share":
        return f"{_PERCENT * value:.6g} %"
    return f"{value:.6g} {unit}".rstrip()


def estimate(interval: MeanInterval | None, unit: str) -> str:
    """Return a mean with half its interval, both to the interval's second digit.

    >>> estimate(MeanInterval(0.99994, 0.0000123, 5), "share")
    '99.9940 ± 0.0012 %'
    >>> estimate(MeanInterval(12.0, 0.0, 5), "h")
    '12 h'
    """
    if interval is None:
        return NOTHING
    mean, half = interval.mean, interval.half_width
    if unit == "share":
        mean, half, unit = _PERCENT * mean, _PERCENT * half, "%"
    # Equal values may differ in their last bits.
    if half <= abs(mean) * 1e-9:
        return f"{mean:.4g} {unit}".rstrip()
    decimals = max(0, 1 - math.floor(math.log10(half)))
    return f"{mean:.{decimals}f} ± {half:.{decimals}f} {unit}".rstrip()


def changes(promise: Promise, case: Case) -> str:
    """Return what a case changes: `name = value`."""
    return ", ".join(
        f"{name} = {quantity(value, promise.assumption(name).unit)}"
        for name, value in case.changes.items()
    )


def verdict(finding: Finding) -> str:
    """Return the verdict with the conditions that it names."""
    if finding.verdict is not Verdict.CONDITIONAL:
        return str(finding.verdict)
    cases = "; ".join(
        f"{case.words} ({changes(finding.promise, case)})" for case in finding.turning
    )
    if finding.holds(finding.base):
        return f"{finding.verdict} none of this is so: {cases}"
    return f"{finding.verdict} one of this is so: {cases}"


def summary(finding: Finding) -> str:
    """Return in one sentence what holds under the assumptions and how many cases agree."""
    cases = len(finding.others)
    agree = cases - len(finding.turning)
    holds = "holds" if finding.holds(finding.base) else "is not shown to hold"
    answers = [finding.base.answer(target) for target in finding.promise.targets]
    if Answer.BROKEN in answers:
        holds = "does not hold"
    return (
        f"Under the assumptions below the promise {holds}; the answer is the same in {agree} of "
        f"{cases} other case{'s' if cases != 1 else ''}."
    )
