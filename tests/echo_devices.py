"""Starts echo_device.py in a real MicroPython interpreter and follows what it prints."""

import json
import platform
import queue
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

ROOT = Path(__file__).parents[1]
MICROPYTHON = shutil.which("micropython", path=str(Path(sys.executable).parent))
WAIT_S = 20

needs_micropython = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64") or sys.version_info >= (3, 14),
    reason="the wheel with a micropython executable is for x86-64 Linux and CPython up to 3.13",
)


class EchoDevice:
    """The process, for the span of a `with`."""

    def __init__(
        self, kind: str, settings: dict[str, Any], constants: dict[str, int] | None = None
    ) -> None:
        assert MICROPYTHON, "micropython comes with the test extra: pip install -e '.[test]'"
        program = str(Path(__file__).with_name("echo_device.py"))
        self._process = subprocess.Popen(
            [MICROPYTHON, program, kind, json.dumps(settings), json.dumps(constants or {})],
            cwd=ROOT,
            env={"MICROPYPATH": "protocol:firmware:.frozen"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._lines.put(line.rstrip())

    def line(self) -> str:
        """Return the next line that it prints."""
        return self._lines.get(timeout=WAIT_S)

    def counts(self) -> dict[str, int]:
        """Return the counts that it was asked for."""
        return dict(json.loads(self.line()))

    def ends(self) -> int:
        """Return its exit code."""
        return self._process.wait(WAIT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait(WAIT_S)
        assert self._process.stdout
        self._process.stdout.close()
