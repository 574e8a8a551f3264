"""The core where words begin with their highest byte: on ARM that way round, in qemu."""

import shutil
from pathlib import Path

import pytest

from c_compiler import INCLUDE, INLINE_LESS, SOURCES, run

GCC, QEMU = shutil.which("arm-none-eabi-gcc"), shutil.which("qemu-armeb")

pytestmark = [
    pytest.mark.skipif(GCC is None, reason="no arm-none-eabi-gcc"),
    pytest.mark.skipif(QEMU is None, reason="no qemu-armeb"),
]

BIG_ENDIAN = ("-mbig-endian", "-mbe8", "-march=armv7-a", "-marm", "-mfloat-abi=soft")
# Its C library is of the other kind.
ALONE = ("-ffreestanding", "-nostdlib", "-static", "-mno-unaligned-access")


def test_engines_agree(tmp_path: Path) -> None:
    program, source = tmp_path / "program", Path(__file__).parent / "big_endian.c"
    flags = "-std=c99", "-O2", "-Wall", "-Wextra", INLINE_LESS, *BIG_ENDIAN, *ALONE
    assert run(GCC, *flags, *INCLUDE, source, *SOURCES, "-o", program) == ""
    assert run(QEMU, program).split() == ["bitsliced", "portable"]
