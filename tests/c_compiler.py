"""The C compiler of this machine, and the core's files; where there is one, _core is compiled."""

import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

CC = shutil.which("gcc") or shutil.which("cc")
NO_CC = "no C compiler (gcc or cc)"
ROOT = Path(__file__).parents[1]
INCLUDE = [f"-I{ROOT / 'native' / folder}" for folder in ("core", "engines")]
SOURCES = sorted(ROOT.glob("native/core/*.c")) + sorted(ROOT.glob("native/engines/*.c"))
# Where speed does not matter, the time that compilers take does.
INLINE_LESS = "-DINLINE=static inline"
SANITIZERS = (
    *("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
    INLINE_LESS,
)

# What native/core_build.py says: other tests than those for widths and sanitizers share one build.
AS_INSTALLED = ("-O3",)


def run(*command: object, given: str = "") -> str:
    """Run a command to success and return what it printed."""
    words = [str(word) for word in command]
    done = subprocess.run(words, input=given, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def require_flags(folder: Path, *flags: str, compiler: str | None = CC) -> None:
    """Skip the test when the compiler cannot build and run programs with these flags."""
    source = folder / "probe.c"
    source.write_text("#include <string.h>\nint main(void) { return 0; }\n")
    try:
        run(compiler, *flags, source, "-o", folder / "probe")
        run(folder / "probe")
    except AssertionError:
        pytest.skip(f"{compiler} cannot build and run programs with {' '.join(flags)}")


@cache
def _core(compiler: str | None, flags: tuple[str, ...]) -> TemporaryDirectory[str]:
    """Compile the core; sanitizers take the better part of a minute, so once for all tests."""
    folder = TemporaryDirectory()

    def compile_one(source: Path) -> None:
        output = Path(folder.name) / f"{source.stem}.o"
        run(compiler, "-std=c99", *flags, *INCLUDE, "-c", source, "-o", output)

    with ThreadPoolExecutor() as pool:
        list(pool.map(compile_one, SOURCES))
    return folder


def build(
    folder: Path,
    source: Path,
    *flags: str,
    more: Sequence[Path | str] = (),
    compiler: str | None = CC,
) -> Path:
    """Return a program of a C file, perhaps more files and libraries, and the core."""
    program = folder / source.stem
    objects = sorted(Path(_core(compiler, flags).name).glob("*.o"))
    run(compiler, "-std=c99", *flags, *INCLUDE, source, *more, *objects, "-o", program)
    return program
