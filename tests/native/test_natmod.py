"""linli_native as a dynamic native module, built by the rules that MPY_DIR has of MicroPython."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from boards import NATIVE, ROOT, TARGETS

MPY_DIR = os.environ.get("MPY_DIR", "")
MICROPYTHON = shutil.which("micropython", path=str(Path(sys.executable).parent))
SIZE_CEILING = 9000  # promised in native/BOARDS.md

pytestmark = pytest.mark.skipif(
    not Path(MPY_DIR, "py/dynruntime.mk").is_file(),
    reason="MPY_DIR does not name a source tree of MicroPython",
)


def build(arch: str, folder: Path) -> Path:
    """Build the module in a copy of its sources; return the .mpy."""
    pytest.importorskip("elftools", reason="no pyelftools, which MicroPython's linker needs")
    if missing := TARGETS[arch].missing():
        pytest.skip(missing)
    for name in ("core", "module", "natmod"):
        shutil.copytree(NATIVE / name, folder / name)
    command = ["make", f"MPY_DIR={MPY_DIR}", f"ARCH={arch}", f"PYTHON={sys.executable}"]
    made = subprocess.run(command, cwd=folder / "natmod", capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    return folder / "natmod/linli_native.mpy"


@pytest.mark.parametrize("arch", TARGETS)
def test_module_links_and_is_small(arch: str, tmp_path: Path) -> None:
    assert build(arch, tmp_path).stat().st_size <= SIZE_CEILING


@pytest.mark.skipif(MICROPYTHON is None, reason="no micropython beside this Python")
def test_crypto_suite_passes_with_the_module(tmp_path: Path) -> None:
    module = build("x64", tmp_path)
    suite = ROOT / "tests/both"
    files = [file for file in sorted(suite.glob("test_*.py")) if "crypto" in file.read_text()]
    assert len(files) > 5
    files.append(ROOT / "tests/native/natmod_arguments.py")
    path = [module.parent, ROOT / "protocol", ROOT / "firmware", suite, ".frozen"]
    environment = {"MICROPYPATH": ":".join(map(str, path))}
    seen = subprocess.run(
        [str(MICROPYTHON), "-c", "from linli_protocol import crypto; print(crypto.BACKEND)"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert seen.stdout == "native\n", seen.stderr
    run = subprocess.run(
        [str(MICROPYTHON), "-X", "heapsize=8M", str(suite / "run.py"), *map(str, files)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout + run.stderr
