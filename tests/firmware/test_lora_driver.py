"""The LoRa bearer on micropython-lib's real driver, where its folder is given."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
MICROPYTHON = shutil.which("micropython", path=str(Path(sys.executable).parent))
LIBRARY = os.environ.get("LINLI_LORA_LIB")


@pytest.mark.skipif(
    not LIBRARY or not MICROPYTHON,
    reason="LINLI_LORA_LIB names no folder with mip's lora-sync, lora-sx127x and lora-sx126x, "
    "or there is no micropython executable",
)
def test_the_stories_run_on_the_real_driver_and_the_chips_registers() -> None:
    assert MICROPYTHON and LIBRARY
    run = subprocess.run(
        [MICROPYTHON, "-X", "heapsize=8M", "tests/both/run.py", "tests/both/lora_driver.py"],
        cwd=ROOT,
        env={"MICROPYPATH": "protocol:firmware:tests/both:.frozen", "LINLI_LORA_LIB": LIBRARY},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout + run.stderr
