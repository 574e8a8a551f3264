"""A board does not outlive the process that has it on its desk."""

import subprocess
import sys
from pathlib import Path

import pytest

import emulated

KILLED = """
import os, signal, sys
import emulated
from linli_hil.emulator import EmulatedBoard, make_image

board = EmulatedBoard(make_image({"main.py": b"print('up')\\nwhile True: pass"}, 64), {})
board.power_on()
assert emulated.comes(lambda: WORD in board.printed)
print(board.account["Pid"], flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("word", [b"", b"up"], ids=["while it starts", "as it runs"])
def test_a_board_ends_with_the_process_that_started_it(word: bytes) -> None:
    run = subprocess.run(
        [sys.executable, "-c", KILLED.replace("WORD", repr(word))],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PYTHONPATH": str(Path(emulated.__file__).parent)},
    )
    assert run.returncode == -9, run.stderr
    status = Path(f"/proc/{int(run.stdout)}/status")
    assert emulated.comes(lambda: not status.exists() or "State:\tZ" in status.read_text())
