"""The native core's other engines, each in a process that LINLI_ENGINE tells to use it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from ..failure import Failure
from .jobs import Job
from .timing import Work


class Engine:
    """One engine's process."""

    def __init__(self, name: str, process: "subprocess.Popen[str]") -> None:
        self.name = name
        self._process = process

    def work(self, job: Job) -> Work:
        """Return the work of doing this job there."""
        request = {"kind": job.kind.name, "length": job.length, "messages": job.messages}

        def seconds(times: int) -> float:
            assert self._process.stdin and self._process.stdout
            try:
                self._process.stdin.write(json.dumps(request | {"times": times}) + "\n")
                self._process.stdin.flush()
                answer = self._process.stdout.readline()
            except BrokenPipeError:
                answer = ""
            if not answer:
                raise Failure(f"the engine {self.name} broke off at {job.name}")
            return float(answer)

        return Work(seconds, job.at_once)


@contextmanager
def started(names: Sequence[str]) -> Iterator[list[Engine]]:
    """Yield the named engines, and end their processes."""
    with ExitStack() as stack:
        yield [Engine(name, stack.enter_context(_process(name))) for name in names]


def _process(name: str) -> "subprocess.Popen[str]":
    # Popen's context ends its input, and with that the process.
    return subprocess.Popen(
        [sys.executable, "-m", "linli_tools.bench.engine_worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "LINLI_ENGINE": name},
    )
