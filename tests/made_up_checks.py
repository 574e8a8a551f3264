"""Experiments that a test knows the outcome of; replications find them in any process."""

from collections.abc import Sequence

from linli_hostsim.validation.check import EXACT, Check, Experiment, Group, Tolerance


def replicate(number: int) -> Sequence[float]:
    """Return an even number and a constant."""
    return [2 * number, 7]


def group(theirs: float) -> Group:
    """Return a group whose mean of 0, 2, 4 is held against `theirs`."""
    near = Tolerance(absolute=0.5)
    checks = [
        Check("made-up/mean", "mean of even numbers", "s", theirs, near, "made up"),
        Check("made-up/constant", "seven", "", 7.0, EXACT, "made up", figure=1),
    ]
    left_out = Check("made-up/slow", "left out when quick", "", 0.0, EXACT, "made up")
    return Group(
        "made-up",
        "Made-up checks",
        "counting",
        [Experiment(checks, replicate, 5, 3), Experiment([left_out], replicate, 1, 0)],
    )
