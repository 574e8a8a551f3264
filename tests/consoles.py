"""Boards behind pseudo-terminals, and those who sit at them: a person's keyboard, mpremote."""

import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from linli_hil.emulator import EmulatedBoard, make_image
from linli_hil.emulator.terminal import Terminal

MAIN = b"""
import time
print("main runs")
while True:
    time.sleep_ms(10)
"""


@contextmanager
def on_desk(board: EmulatedBoard) -> Iterator[Terminal]:
    """Have a board behind a terminal, switched on."""
    terminal = Terminal(board, lambda cause: None)
    stopped = threading.Event()

    def carry() -> None:
        while not stopped.is_set():
            terminal.turn()

    thread = threading.Thread(target=carry)
    terminal.power_on()
    thread.start()
    try:
        yield terminal
    finally:
        stopped.set()
        thread.join()
        terminal.close()
        board.close()


def simple(main: bytes = MAIN, **files: bytes) -> EmulatedBoard:
    """Return a board with a boot.py that prints, a main.py, and more Python files."""
    content = {"boot.py": b"print('boot runs')\n", "main.py": main}
    content |= {f"{name}.py": text for name, text in files.items()}
    return EmulatedBoard(make_image(content), {}, stays_on=True)


def mpremote(console: str, *commands: str, fails: bool = False) -> str:
    """Run mpremote, and return what it prints."""
    run = subprocess.run(
        [sys.executable, "-m", "mpremote", "connect", console, *commands],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (run.returncode != 0) is fails, run.stdout + run.stderr
    return run.stdout + run.stderr


class Person:
    """Somebody with a terminal program; use it as a context."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_NOCTTY)
        self.seen = b""

    def __enter__(self) -> "Person":
        return self

    def __exit__(self, *error: object) -> None:
        os.close(self._file)

    def type(self, keys: bytes) -> None:
        """Type, without looking."""
        os.write(self._file, keys)

    def sees(self, wanted: bytes, timeout_s: float = 20) -> bytes | None:
        """Wait for something; return all that came up to its end, None when it does not come."""
        end = time.monotonic() + timeout_s
        while wanted not in self.seen and time.monotonic() < end:
            if select.select([self._file], [], [], 0.05)[0]:
                self.seen += os.read(self._file, 4096)
        before, found, after = self.seen.partition(wanted)
        if not found:
            return None
        self.seen = after
        return before + found

    def breaks_in(self) -> None:
        """Press ctrl-C until the prompt comes."""
        for _ in range(50):
            self.type(b"\x03")
            if self.sees(b">>> ", 0.3):
                return
        raise AssertionError(self.seen)
