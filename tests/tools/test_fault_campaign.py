"""A short campaign of faults on a hub cluster: the long one is `make faults`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cluster_faults import world
from cluster_faults.checker import checked
from cluster_faults.page import page, told
from local_cluster import MISSING

TESTS = Path(__file__).parents[1]
KINDS = ["hub killed", "PostgreSQL killed"]
# Needs networks of its own; with this seed it lasts 3 s.
PARTITION, SEED = "partition from all nodes", 6


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
def test_nothing_that_was_acknowledged_is_lost_in_a_few_rounds(tmp_path: Path) -> None:
    kinds = KINDS if world.missing() else [*KINDS, PARTITION]
    command = [sys.executable, "-m", "cluster_faults", str(tmp_path / "run")]
    command += ["--rounds", str(len(kinds)), "--seed", str(SEED)]
    for kind in kinds:
        command += ["--kind", kind]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    verdict = checked(tmp_path / "run")
    assert verdict.violations == []
    for what in ("alarms acknowledged", "commands executed", "audit rows acknowledged"):
        assert verdict.checked[what] > 0, done.stdout
    figures = told([tmp_path / "run"])
    assert {each["kind"] for each in figures["kinds"]} == set(kinds)
    assert "| all |" in page(figures)
    twice = told([tmp_path / "run", tmp_path / "run"])
    assert twice["rounds"] == 2 * figures["rounds"]
    assert twice["availability"] == pytest.approx(figures["availability"])
    assert twice["checked"] == {what: 2 * times for what, times in figures["checked"].items()}


def test_a_campaign_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "kept").touch()
    done = subprocess.run(
        [sys.executable, "-m", "cluster_faults", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )
    assert done.returncode == 2
    assert "is not empty" in done.stderr
    assert "Traceback" not in done.stderr
