"""Each libFuzzer target for a bounded number of inputs, always the same; `make fuzz` goes on."""

import re
import subprocess
from pathlib import Path

import pytest

from c_compiler import require_flags
from fuzz_targets import CLANG, TARGETS, build_target, write_seeds

pytestmark = pytest.mark.skipif(CLANG is None, reason="no clang")

RUNS = {"cobs": 50_000, "frame": 5_000, "ccm": 5_000, "gcm": 5_000, "batch": 5_000}

# What broke a target once, behind the byte that chooses the engine.
REGRESSIONS = {
    "batch": [
        "0400040000f6",  # only packets without header and body, and nowhere to write them to
    ]
}


def test_every_target_runs_here() -> None:
    assert sorted(RUNS) == TARGETS


@pytest.mark.parametrize("name", RUNS)
def test_nothing_is_found(name: str, tmp_path: Path) -> None:
    require_flags(tmp_path, "-fsanitize=address,undefined", compiler=CLANG)
    seeds = tmp_path / "seeds"
    write_seeds(seeds)
    for i, broke in enumerate(REGRESSIONS.get(name, [])):
        for engine in range(8):
            (seeds / f"{i}-{engine}").write_bytes(bytes([engine]) + bytes.fromhex(broke))
    options = f"-runs={RUNS[name]}", "-seed=1", "-max_len=320", "-len_control=0"
    command = [build_target(name, tmp_path), *options, f"-artifact_prefix={tmp_path}/", seeds]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=300)
    assert done.returncode == 0, done.stderr[-4000:]
    runs = re.search(r"^Done (\d+) runs", done.stderr, re.MULTILINE)
    assert runs is not None, done.stderr[-4000:]
    assert int(runs[1]) >= RUNS[name]  # an input that is minimized runs some more
