"""Batches and the key table in C: sound under sanitizers and valgrind, and in 32 bits."""

import shutil
from pathlib import Path

import pytest

from c_compiler import AS_INSTALLED, CC, NO_CC, SANITIZERS, build, require_flags, run

HARNESS = Path(__file__).parent / "batch.c"
VALGRIND = shutil.which("valgrind")

pytestmark = pytest.mark.skipif(CC is None, reason=NO_CC)


@pytest.mark.parametrize("flags", [SANITIZERS, ("-O2", "-m32")], ids=["sanitizers", "32 bits"])
def test_batches_are_sound(flags: tuple[str, ...], tmp_path: Path) -> None:
    require_flags(tmp_path, *flags)
    assert run(build(tmp_path, HARNESS, *flags)).endswith("portable\n")


@pytest.mark.skipif(VALGRIND is None, reason="no valgrind")
def test_valgrind_finds_no_fault_and_no_use_of_what_was_never_written(tmp_path: Path) -> None:
    program = build(tmp_path, HARNESS, *AS_INSTALLED)
    found = run(VALGRIND, "-q", "--error-exitcode=9", "--leak-check=full", program)
    assert found.endswith("portable\n")
