"""C programs for tests, linked with the native core: its files are compiled once for all of them.

A file's folder tells what it is: native/core and native/engines are the core.
"""

import atexit
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

from c_compiler import CC

ROOT = Path(__file__).parents[1]
INCLUDE = tuple(f"-I{ROOT / 'native' / folder}" for folder in ("core", "engines"))
SOURCES = sorted(ROOT.glob("native/core/*.c")) + sorted(ROOT.glob("native/engines/*.c"))
SANITIZERS = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


def run(*command: object, given: str = "", timeout: float = 300) -> str:
    """Run a command to success and return what it printed."""
    words = [str(word) for word in command]
    done = subprocess.run(words, input=given, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


@cache
def _folder() -> Path:
    """Return a folder that goes when Python does."""
    made = tempfile.mkdtemp(prefix="linli-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


@cache
def _missing(compiler: str | None, flags: tuple[str, ...]) -> str:
    """Return why programs cannot be built and run with these flags, or nothing."""
    source, program = _folder() / "probe.c", _folder() / "probe"
    source.write_text("#include <string.h>\nint main(void) { return 0; }\n")
    try:
        run(compiler, *flags, source, "-o", program)
        run(program)
    except AssertionError:
        return f"{compiler} cannot build and run programs with {' '.join(flags)}"
    return ""


@cache
def _core(compiler: str | None, flags: tuple[str, ...]) -> tuple[Path, ...]:
    """Compile the core's files."""
    folder = Path(tempfile.mkdtemp(dir=_folder()))
    for source in SOURCES:
        run(compiler, "-std=c99", *flags, *INCLUDE, "-c", source, "-o", folder / f"{source.stem}.o")
    return tuple(sorted(folder.glob("*.o")))


def build(
    *sources: Path, flags: tuple[str, ...], compiler: str | None = CC, link: tuple[str, ...] = ()
) -> Path:
    """Return a program of these files and the core; skip the test where the flags are unknown."""
    if missing := _missing(compiler, flags):
        pytest.skip(missing)
    program = Path(tempfile.mkdtemp(dir=_folder())) / sources[0].stem
    core = _core(compiler, flags)
    run(compiler, "-std=c99", *flags, *link, *INCLUDE, *sources, *core, "-o", program)
    return program
