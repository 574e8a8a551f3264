"""docs/VALIDATION.md: every check in a table, a plot for most groups."""

from collections.abc import Sequence

from .catalogue import groups
from .check import Group, Result
from .plots import PLOTS, overview
from .rows import row

FOLDER = "validation"
"""Where the plots lie, beside the page."""

_COLUMNS = ("check", "quantity", "unit", "ours", "theirs", "allowed", "n", "verdict")
_HEAD = """\
# Validation

Written by `make validation`: what the simulator's own elements give, beside measurements of other
programs, published figures and closed forms. `linli sim validate` does the same on your machine,
`linli sim validate --quick` a part of it in less than a minute. Both take names of checks
(`aloha/pure-1`) or of groups (`aloha`), print JSON with `--json`, and exit with 1 when a check
fails.

* **ours** is the mean of **n** independent replications with fixed seeds, or a computation without
  chance (n = 1).
* **allowed** is the greatest deviation that passes, and what it follows from; SE is the standard
  error of our mean.
* "Recalled" marks a published figure whose text was not at hand when it was written down.
"""


def files(results: Sequence[Result]) -> dict[str, str]:
    """Return the text of the page and of each plot, by path below docs/."""
    by_name = {result.check.name: result for result in results}
    plots = {f"{FOLDER}/{name}.svg": plot.svg(by_name) for name, plot in PLOTS.items()}
    sections = [_section(group, by_name) for group in groups()]
    failed = sum(not result.passed for result in results)
    summary = (
        f"\n{len(results)} checks, {len(results) - failed} within tolerance. Each mark below is a "
        "check that need not be exact:\n\n"
        f"![Deviations as parts of what is allowed, by group.]({FOLDER}/overview.svg)\n"
    )
    page = "\n".join([_HEAD.rstrip("\n"), summary, *sections])
    return {"VALIDATION.md": page, f"{FOLDER}/overview.svg": overview(results), **plots}


def _section(group: Group, results: dict[str, Result]) -> str:
    sources = "; ".join(dict.fromkeys(check.source for check in group.checks))
    lines = [f"## {group.name}", "", f"{group.title}. Ours: {group.how}. Theirs: {sources}.", ""]
    if group.name in PLOTS:
        lines += [f"![{PLOTS[group.name].alt}]({FOLDER}/{group.name}.svg)", ""]
    lines += [f"| {' | '.join(_COLUMNS)} |", "|---|---|---|--:|--:|---|--:|---|"]
    for check in group.checks:
        cells = row(results[check.name])
        lines.append(f"| {' | '.join(cells[column] for column in _COLUMNS)} |")
    return "\n".join([*lines, ""])
