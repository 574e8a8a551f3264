"""The C core as C: no warning, no writable data, no libc, sound under sanitizers and in 32 bits."""

import shutil
from pathlib import Path

import pytest

from c_compiler import (
    AS_INSTALLED,
    CC,
    INCLUDE,
    NO_CC,
    SANITIZERS,
    SOURCES,
    build,
    require_flags,
    run,
)
from core_cases import cases, published_cases, random_cases
from shared_data import require

NM = shutil.which("nm")

# Beside the three, on Linux for aarch64, what tells whether a processor has an extension.
CALLED = ("memcpy", "memset", "memmove", "getauxval")

pytestmark = pytest.mark.skipif(CC is None, reason=NO_CC)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_source_compiles_as_c99_without_a_warning(source: Path, tmp_path: Path) -> None:
    warnings = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic"]
    output = tmp_path / "object.o"
    assert run(CC, "-std=c99", "-O2", *warnings, *INCLUDE, "-c", source, "-o", output) == ""


@pytest.mark.skipif(NM is None, reason="no nm (binutils)")
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_object_has_no_writable_data_and_calls_no_libc_but_the_three(
    source: Path, tmp_path: Path
) -> None:
    output = tmp_path / "object.o"
    run(CC, "-std=c99", "-Os", "-fno-pic", *INCLUDE, "-c", source, "-o", output)
    for line in run(NM, output).splitlines():
        kind, name = line.split()[-2:]
        # T and t are code, R and r constants; B, b, C, D and d would be writable (with -fpic, so
        # are constants that hold addresses, until they are loaded).
        assert kind in "TtRrU", line
        if kind == "U" and name != "_GLOBAL_OFFSET_TABLE_":
            assert name in CALLED or name.startswith("linli_"), line


@pytest.fixture(
    scope="module",
    params=[
        AS_INSTALLED,
        SANITIZERS,
        ("-O2", "-m32"),
    ],
    ids=["as installed", "sanitizers", "32 bits"],
)
def harness(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build vectors.c and the core, one way after the other."""
    folder = tmp_path_factory.mktemp("harness")
    require_flags(folder, *request.param)
    return build(folder, Path(__file__).parent / "vectors.c", *request.param)


def check(harness: Path, given: str) -> None:
    assert run(harness, given=given) == f"{len(given.splitlines())} cases\n"


def test_our_vectors_pass_in_c(harness: Path) -> None:
    check(harness, cases())


def test_published_vectors_pass_in_c(harness: Path) -> None:
    check(harness, published_cases(require("crypto/sm4_vectors.json").parent))


@pytest.mark.parametrize("seed", [1, 2])
def test_c_agrees_with_openssl(harness: Path, seed: int) -> None:
    pytest.importorskip("cryptography")
    check(harness, random_cases(seed))
