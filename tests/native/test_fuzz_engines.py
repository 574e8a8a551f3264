"""All engines give what the portable one gives, whatever the lengths, alignments and overlaps."""

import re
import subprocess
from pathlib import Path

import pytest

from c_compiler import CC, NO_CC, SANITIZERS, build, require_flags, run

pytestmark = pytest.mark.skipif(CC is None, reason=NO_CC)

SOURCE = Path(__file__).parent / "fuzz/differential.c"


@pytest.fixture(scope="module")
def differential(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("differential")
    require_flags(folder, *SANITIZERS)
    return build(folder, SOURCE, *SANITIZERS)


def test_engines_agree(differential: Path) -> None:
    lines = run(differential, 1).splitlines()
    assert all(re.fullmatch(r"[\w-]+: \d{4} cases", line) for line in lines)
    assert lines[-1].startswith("portable: ")


@pytest.mark.parametrize(
    "fault",
    [
        *("schedule", "encrypt", "counter", "overrun", "chain", "ccm", "sm3"),
        *("crc16", "crc32", "ghash", "ccm_lanes"),
    ],
)
def test_an_engine_with_a_fault_is_found_out(differential: Path, fault: str) -> None:
    done = subprocess.run([differential, "1", fault], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    told = "AddressSanitizer: heap-buffer-overflow" if fault == "overrun" else "faulty, "
    assert told in done.stdout + done.stderr
