"""The measurement of timing leaks, short: that it works is asserted, what it finds is reported.

Times are noisy where tests run, and a test that fails by chance is soon ignored. So what must hold
here is that a deliberate leak is seen; an engine whose times differ gives a warning, and
`make leaks` looks closer. test_valgrind.py asserts without a clock what a clock can only suggest.
"""

import platform
import warnings
from pathlib import Path

import pytest

from c_compiler import CC, NO_CC
from timing_leaks import WORTH_A_LOOK, build_timing, measure

CLOCKS = ("x86_64", "AMD64", "i686", "aarch64", "arm64")

pytestmark = [
    pytest.mark.skipif(CC is None, reason=NO_CC),
    pytest.mark.skipif(platform.machine() not in CLOCKS, reason="no clock that ticks often enough"),
]

JOBS = {"one block", "64 blocks", "tag", "GHASH", "GHASH key", "key"}


def test_a_comparison_that_ends_early_is_seen_and_engines_are_reported(tmp_path: Path) -> None:
    control, *rows = measure(build_timing(tmp_path), samples=20_000)
    assert (control.engine, control.constant_time) == ("control", False)
    assert control.t > 2 * WORTH_A_LOOK

    assert {row.job for row in rows} == JOBS
    assert "bitsliced" in {row.engine for row in rows if row.constant_time}
    for row in rows:
        if row.constant_time and row.t > WORTH_A_LOOK:
            warnings.warn(
                f"{row.engine}, {row.job}: |t| is {row.t}; see `make leaks`", stacklevel=1
            )
