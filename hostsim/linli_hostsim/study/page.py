"""docs/STUDY.md: the study's figures with ours beside them, and a section for each promise."""

from collections.abc import Iterable, Sequence

from .finding import Finding, Outcome
from .wording import changes, estimate, quantity, summary, verdict

_HEAD = """\
# The study's promises

Written by `make study`: what the 2025 feasibility study says of such communities, and what the
simulator makes of it. `linli study` does the same on your machine, `linli study --quick` a shorter
form in a minute or two; `linli study redundancy --set mttr_h=8` examines one promise under an
assumption of yours.

The study's figures are claims and ours are simulations: neither is a measurement of a community.

* **ours** is the mean of **n** independent replications with the half-width of its 95 % interval
  (Student's t); no interval means that all replications were alike.
* **kept**: the whole interval is on the promise's side of the study's figure; **broken**: on the
  other; **open**: it spans it.
* The **verdict** follows from all cases examined: "holds" in each of them, "holds only if" in some,
  "does not hold" in none. What is open counts as not kept; "open" where that is all there is
  against a promise.
"""


def page(findings: Sequence[Finding]) -> str:
    """Return the text of the page."""
    rows = [
        (
            f"[{finding.promise.title}](#{finding.promise.name})" if not number else "",
            target.quantity,
            f"{'at most' if target.worse == 'more' else 'at least'} "
            f"{quantity(target.value, target.unit)}",
            estimate(finding.base.estimates.get(target.name), target.unit),
            str(_replications(finding)),
            finding.base.answer(target),
            f"**{finding.verdict}**" if not number else "",
        )
        for finding in findings
        for number, target in enumerate(finding.promise.targets)
    ]
    head = ("promise", "quantity", "study", "ours", "n", "", "verdict")
    sections = [_section(finding) for finding in findings]
    return "\n".join([_HEAD, *_table(head, "lllrrll", rows), "", *sections])


def _replications(finding: Finding) -> int:
    return max(interval.n for interval in finding.base.estimates.values())


def _section(finding: Finding) -> str:
    promise = finding.promise
    facts = " ".join(promise.facts(finding.values))
    outcomes = (finding.base, *finding.others)
    observed = [
        (
            each.quantity,
            *(estimate(outcome.estimates.get(each.name), each.unit) for outcome in outcomes),
        )
        for each in promise.observed
    ]
    assumed = [
        (
            f"`{each.name}`",
            each.meaning,
            quantity(finding.values[each.name], each.unit),
            each.source,
        )
        for each in promise.assumptions
    ]
    targets = [target.quantity for target in promise.targets]
    cases = [
        (str(number) if number else "", *_case(finding, outcome))
        for number, outcome in enumerate(outcomes)
    ]
    numbers = [f"case {number}" for number in range(1, len(outcomes))]
    return "\n".join(
        [
            f'## <a id="{promise.name}"></a>{promise.title}',
            "",
            f"The study: {promise.claim}. {promise.model}",
            "",
            f"**{verdict(finding)}.** {summary(finding)}{' ' + facts if facts else ''}",
            "",
            *_table(("", "case", *targets, "holds"), "ll" + "r" * len(targets) + "l", cases),
            "",
            *_table(("besides", "as assumed", *numbers), "l" + "r" * len(outcomes), observed),
            "",
            *_table(("assumption", "meaning", "value", "source"), "llrl", assumed),
            "",
        ]
    )


def _case(finding: Finding, outcome: Outcome) -> tuple[str, ...]:
    case = outcome.case
    name = "as assumed" if case is None else f"{case.words} ({changes(finding.promise, case)})"
    figures = (
        f"{estimate(outcome.estimates.get(target.name), target.unit)}, {outcome.answer(target)}"
        for target in finding.promise.targets
    )
    return name, *figures, "yes" if finding.holds(outcome) else "no"


def _table(head: Sequence[str], sides: str, rows: Iterable[Sequence[str]]) -> list[str]:
    marks = ("--:" if side == "r" else "---" for side in sides)
    return [
        f"| {' | '.join(head)} |",
        f"|{'|'.join(marks)}|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
