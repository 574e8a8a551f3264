"""A result as a table's row, the same on the terminal and on the page."""

import math

from .check import Result

PASSED = "ok"
FAILED = "FAILED"


def _text(value: float, allowed: float) -> str:
    """Return a figure with as many decimals as its allowed deviation makes worth while."""
    if not allowed:
        return f"{value:.9g}"
    return f"{value:.{max(0, 1 - math.floor(math.log10(allowed)))}f}"


def row(result: Result) -> dict[str, str]:
    """Return the cells of a row by column: figures without unit, tolerance and verdict as words.

    `allowed` is the greatest deviation that passes, with what it follows from.
    """
    allowed = result.allowed
    tolerance = str(result.check.tolerance)
    if allowed and tolerance != f"{allowed:g}":
        tolerance = f"{allowed:.2g} ({tolerance})"
    return {
        "check": result.check.name.partition("/")[2],
        "quantity": result.check.quantity,
        "unit": result.check.unit,
        "ours": _text(result.ours, allowed),
        "theirs": _text(result.check.theirs, allowed),
        "allowed": tolerance,
        "n": str(result.replications),
        "verdict": PASSED if result.passed else FAILED,
    }
