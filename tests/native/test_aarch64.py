"""The core for aarch64, compiled by Clang and run in qemu's user mode."""

import shutil
from pathlib import Path

import pytest

from c_compiler import INCLUDE, SOURCES, build, run
from core_cases import cases, official_cases, random_cases

HERE = Path(__file__).parent
TARGET = Path("/usr/aarch64-linux-gnu")  # where Debian has another processor's libc
LIB = TARGET / "lib"
CLANG, LLD, QEMU = (shutil.which(name) for name in ("clang", "ld.lld", "qemu-aarch64"))
WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic")

# There is no GCC of this target, so no start files or run-time library of its either.
COMPILING = ("--target=aarch64-linux-gnu", "-isystem", str(TARGET / "include"), "-O2")
LINKING = ("-fuse-ld=lld", "-nostdlib", *(str(LIB / f"crt{part}.o") for part in ("1", "i", "n")))

MISSING = [
    name
    for name, there in [
        ("clang", CLANG),
        ("lld", LLD),
        ("libc6-dev-arm64-cross", (LIB / "crt1.o").exists()),
        ("qemu-user", QEMU),
    ]
    if not there
]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")


def emulated(folder: Path, source: str) -> list[str | Path | None]:
    """Return the command that runs a C file of the tests with the core."""
    libraries = *LINKING, f"-L{LIB}", "-lc"
    program = build(folder, HERE / source, *COMPILING, more=libraries, compiler=CLANG)
    return [QEMU, "-L", str(TARGET), program]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_source_compiles_without_a_warning(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "object.o"
    flags = *COMPILING, "-std=c99", *WARNINGS, *INCLUDE
    assert run(CLANG, *flags, "-c", source, "-o", output) == ""


def test_the_engine_of_aarch64_agrees_with_the_portable_one(tmp_path: Path) -> None:
    told = run(*emulated(tmp_path, "fuzz/differential.c"), 1)
    assert [line.split(":")[0] for line in told.splitlines()] == ["neon", "bitsliced", "portable"]


def test_batches_are_sound(tmp_path: Path) -> None:
    assert run(*emulated(tmp_path, "batch.c")).split() == ["neon", "bitsliced", "portable"]


def test_vectors_pass(tmp_path: Path) -> None:
    given = official_cases() + cases()
    assert run(*emulated(tmp_path, "vectors.c"), given=given) == (
        f"{len(given.splitlines())} cases\n"
    )


def test_openssl_agrees(tmp_path: Path) -> None:
    pytest.importorskip("cryptography")
    given = random_cases(3)
    assert run(*emulated(tmp_path, "vectors.c"), given=given) == (
        f"{len(given.splitlines())} cases\n"
    )
