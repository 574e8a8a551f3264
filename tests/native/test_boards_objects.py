"""The core as boards compile it: nothing in its objects that a native module cannot have."""

import re
from pathlib import Path

import pytest

from boards import CORE, HASH_SOURCES, NATIVE, PACKET_SOURCES, PAGE, TARGETS, Target, section
from boards import size_table as measured_sizes

# As py/dynruntime.mk of MicroPython has them.
FLAGS = ("-Os", "-fpic", "-fno-common", "-U_FORTIFY_SOURCE", "-Wall", "-Wextra", "-Werror")
PROVIDED = {"memcpy", "memset", "memmove", "_GLOBAL_OFFSET_TABLE_"}


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest) -> Target:
    chosen = TARGETS[request.param]
    if missing := chosen.missing():
        pytest.skip(missing)
    return chosen


def faults(target: Target, source: Path, folder: Path) -> list[str]:
    """Return what a native module could not be linked with, or would run wrongly with."""
    compiled = folder / (source.stem + ".o")
    target.compile(source, compiled, *FLAGS)
    found = []
    for kind, name in target.symbols(compiled):
        if kind in "BbDdCcGgSs":
            found.append(f"writable data: {name}")
        elif kind == "U" and name not in PROVIDED and not name.startswith("linli_"):
            found.append(f"a library's function: {name}")
    return found


@pytest.mark.parametrize("table", [False, True], ids=["S-box", "table"])
def test_core_needs_nothing_that_a_native_module_lacks(
    target: Target, table: bool, tmp_path: Path
) -> None:
    sources = sorted(CORE.glob("*.c"))
    assert len(sources) >= 8
    for source in sources if not table else [CORE / "portable.c"]:
        copied = tmp_path / source.name
        copied.write_text("#define LINLI_SM4_TABLE\n" * table + source.read_text())
        assert faults(target, copied, tmp_path) == [], source.name


TRAPS = {
    "static int counter;\nint next(void) { return counter++; }\n": "writable data: counter",
    "int state = 1;\n": "writable data: state",
    "static int seed = 7;\nint next(void) { return seed *= 3; }\n": "writable data: seed",
    "#include <string.h>\nsize_t count(const char *text) { return strlen(text); }\n": (
        "a library's function: strlen"
    ),
}


@pytest.mark.parametrize("code", TRAPS)
def test_the_inspection_finds_a_trap(target: Target, code: str, tmp_path: Path) -> None:
    source = tmp_path / "trap.c"
    source.write_text(code)
    assert faults(target, source, tmp_path) == [TRAPS[code]]


def test_the_inspection_finds_64_bit_arithmetic_left_to_a_library(tmp_path: Path) -> None:
    target = TARGETS["rv32imc"]
    if missing := target.missing():
        pytest.skip(missing)
    source = tmp_path / "trap.c"
    source.write_text(
        "#include <stdint.h>\nuint64_t shift(uint64_t a, unsigned b) { return a >> b; }\n"
    )
    assert faults(target, source, tmp_path) == ["a library's function: __lshrdi3"]


def test_the_modules_are_made_of_the_same_sources() -> None:
    module = ("natmod/Makefile", "usermod/micropython.mk", "usermod/micropython.cmake")
    wanted = {*PACKET_SOURCES, *HASH_SOURCES} - {"crc32.c"}  # that one is for hosts
    for name in module:
        text = (NATIVE / name).read_text()
        assert set(re.findall(r"\w+\.c\b", text)) == wanted | {"linli_native.c"}, name


def test_sizes_in_the_page_are_those_measured_here() -> None:
    written = section(PAGE.read_text(), "sizes")
    compared = 0
    for name, row in measured_sizes().items():
        found = [line for line in written.splitlines() if line.startswith(f"| `{name}` ")]
        assert found, f"native/BOARDS.md has no row for {name}"
        if found[0].split("|")[2] == row.split("|")[2]:
            assert found[0] == row, "native/BOARDS.md is stale: python tests/boards.py"
            compared += 1
    if compared == 0:
        pytest.skip("no compiler here is of a version that native/BOARDS.md tells of")
