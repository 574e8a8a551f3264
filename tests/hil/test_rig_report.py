"""What a rig lacks is said at the end of a run, for each test that was not run for want of it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Boards that are never switched on.
RIG = """
[boards.gate]
kind = "emulated"
app = "door"
clock = "real"
image = "blank"
wiring = { strike = 18 }

[boards.bed]
kind = "emulated"
app = "panic"
clock = "real"
image = "blank"
wiring = { button = 4 }
"""


def not_run(folder: Path, chosen: str) -> dict[str, str]:
    """Run the rig's tests that are `chosen`; return the reasons at the end, by test."""
    (folder / "rig.toml").write_text(RIG)
    (folder / "blank").write_bytes(b"")
    words = ["-p", "no:cacheprovider", "hil_tests", "--rig", str(folder / "rig.toml"), "-k", chosen]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0 and " passed" not in done.stdout, done.stdout + done.stderr
    reasons = {}
    for line in done.stdout.split(" not run on this rig ")[1].splitlines():
        place, _, reason = line.partition(": ")
        if "::" in place and not place.startswith("SKIPPED"):
            reasons[place.rpartition("::")[2]] = reason
    return reasons


def test_times_are_not_judged_where_this_machine_s_load_is_in_them(tmp_path: Path) -> None:
    assert not_run(tmp_path, "within_50_ms or within_100_ms") == {
        "test_the_relay_follows_the_last_bit_within_50_ms[gate]": (
            'boards.gate.clock = "virtual", or a real board'
        ),
        "test_a_press_is_on_the_line_within_100_ms[bed]": (
            'boards.bed.clock = "virtual", or a real board'
        ),
    }


def test_the_board_that_a_test_is_for_is_named_where_there_is_none(tmp_path: Path) -> None:
    assert not_run(tmp_path, "battery_at_its_end") == {
        "test_a_battery_at_its_end_is_told[none]": "a board with meter or valve_meter"
    }


def test_no_test_is_left_out_in_another_way() -> None:
    for file in ("stories.py", *(path.name for path in (ROOT / "hil_tests").glob("test_*.py"))):
        assert "skip" not in (ROOT / "hil_tests" / file).read_text(encoding="utf-8"), file
