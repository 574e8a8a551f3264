"""The C core as C: no warning, no writable data, no libc, sound under sanitizers and in 32 bits."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from c_compiler import CC, NO_CC

ROOT = Path(__file__).parents[2]
INCLUDE = [f"-I{ROOT / 'native' / folder}" for folder in ("core", "engines")]
SOURCES = sorted(ROOT.glob("native/core/*.c")) + sorted(ROOT.glob("native/engines/*.c"))
NM = shutil.which("nm")

pytestmark = pytest.mark.skipif(CC is None, reason=NO_CC)


def run(*command: object, given: str = "") -> str:
    """Run a command to success and return what it printed."""
    words = [str(word) for word in command]
    done = subprocess.run(words, input=given, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def require_flags(folder: Path, *flags: str) -> None:
    """Skip the test when the compiler cannot build and run programs with these flags."""
    source = folder / "probe.c"
    source.write_text("#include <string.h>\nint main(void) { return 0; }\n")
    try:
        run(CC, *flags, source, "-o", folder / "probe")
        run(folder / "probe")
    except AssertionError:
        pytest.skip(f"the C compiler cannot build and run programs with {' '.join(flags)}")


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
            assert name in ("memcpy", "memset", "memmove") or name.startswith("linli_"), line


def cases() -> str:
    """Return protocol/vectors as vectors.c reads them."""
    lines = []

    def add(name: str, *fields: object) -> None:
        lines.append(" ".join([name, *(str(field) or "-" for field in fields)]))

    crypto = json.loads((ROOT / "protocol/vectors/crypto.json").read_text())
    framing = json.loads((ROOT / "protocol/vectors/framing.json").read_text())
    for vector in crypto["sm4"]:
        add("sm4", vector["key"], vector["block"], vector["encrypted"])
    for vector in crypto["sm3"]:
        add("sm3", vector["message"], vector["digest"])
    for vector in crypto["cmac"]:
        add("cmac", vector["key"], vector["message"], vector["cmac"])
    for vector in crypto["ccm"]:
        at, packet = 2 * vector["header_length"], vector["packet"]
        parts = packet[:at], vector["body"], packet[at:]
        add("ccm", vector["key"], vector["nonce"], *parts, vector["tag_length"])
    for vector in crypto["forged"]:
        numbers = vector["header_length"], vector["tag_length"]
        add("forged", vector["key"], vector["nonce"], vector["packet"], *numbers)
    for vector in framing["crc16"]:
        add("crc16", vector["data"], vector["crc"])
    for vector in framing["cobs"]:
        add("cobs", vector["data"], vector["encoded"])
    for vector in framing["cobs_malformed"]:
        add("cobs_malformed", vector["data"])
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "flags",
    [
        ("-O2",),
        ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
        ("-O2", "-m32"),
    ],
    ids=["plain", "sanitizers", "32 bits"],
)
def test_vectors_pass_in_c(flags: tuple[str, ...], tmp_path: Path) -> None:
    require_flags(tmp_path, *flags)
    program = tmp_path / "vectors"
    harness = Path(__file__).parent / "vectors.c"
    run(CC, "-std=c99", *flags, *INCLUDE, harness, *SOURCES, "-o", program)
    given = cases()
    assert run(program, given=given) == f"{len(given.splitlines())} cases\n"
