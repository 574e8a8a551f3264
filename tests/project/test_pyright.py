"""Board code type-checks against MicroPython's ESP32 stubs."""

import json
import subprocess
import sys
from pathlib import Path

FIRMWARE = Path(__file__).parent.parent.parent / "firmware"


def test_board_code_type_checks() -> None:
    assert (FIRMWARE / "typings/machine.pyi").exists(), "no stubs: make installs them"
    command = [sys.executable, "-m", "pyright", "-p", "pyrightconfig.json", "--outputjson"]
    run = subprocess.run(command, cwd=FIRMWARE, capture_output=True, text=True)
    found = json.loads(run.stdout)
    assert found["summary"]["filesAnalyzed"] > 0
    errors = [each for each in found["generalDiagnostics"] if each["severity"] == "error"]
    assert not errors, "\n".join(
        f"{each['file']}:{each['range']['start']['line'] + 1}: {each['message']}" for each in errors
    )
