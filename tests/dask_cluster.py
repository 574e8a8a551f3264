"""A real Dask cluster on this host: scheduler and workers, ports of the system's choice."""

import json
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

START_S = 60


class DaskCluster:
    """`workers` are processes of one thread each; only this host reaches them."""

    def __init__(self, folder: Path, workers: int) -> None:
        self._folder = folder
        file = folder / "scheduler.json"
        self._scheduler = self._start(
            "scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)
        )
        self.workers: list[subprocess.Popen[bytes]] = []
        by_s = time.monotonic() + START_S
        while not file.exists():
            assert time.monotonic() < by_s, "the scheduler did not start"
            time.sleep(0.05)
        self.address: str = json.loads(file.read_text())["address"]
        # Without nannies, which would start a killed worker again.
        options = ("--nthreads", "1", "--no-nanny", "--no-dashboard")
        self.workers += [self._start("worker", self.address, *options) for _ in range(workers)]

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments, "--host", "127.0.0.1"],
            cwd=self._folder,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in (*self.workers, self._scheduler):
            process.kill()
            process.wait()
