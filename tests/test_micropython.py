"""Every file of tests/both runs once more in a real MicroPython interpreter."""

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "tests/both").glob("test_*.py"))
MICROPYTHON = shutil.which("micropython", path=str(Path(sys.executable).parent))


@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64") or sys.version_info >= (3, 14),
    reason="the wheel with a micropython executable is for x86-64 Linux and CPython up to 3.13",
)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_file_passes_under_micropython(file: Path) -> None:
    assert MICROPYTHON, "micropython comes with the test extra: pip install -e '.[test]'"
    command = [MICROPYTHON, "-X", "heapsize=8M", "tests/both/run.py", str(file.relative_to(ROOT))]
    run = subprocess.run(
        command,
        cwd=ROOT,
        env={"MICROPYPATH": "protocol:firmware:tests/both:.frozen"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    print(run.stdout, end="")
