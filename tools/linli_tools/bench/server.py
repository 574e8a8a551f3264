"""A server in a process of its own, for as long as it is measured."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..failure import Failure

_START_S = 120.0
_STOP_S = 60.0
_TICKS_S = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Taken:
    """Processor time since a process began, in s, and memory that it has, in bytes."""

    cpu_s: float
    memory: int


@dataclass(frozen=True, slots=True)
class Server:
    """A server that listens at `port` of this host."""

    port: int
    pid: int

    def taken(self) -> Taken:
        """Return what it has taken of the machine (Linux); Failure when it has ended."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text()
        except OSError as error:
            raise Failure("the server has ended, or this system does not tell of it") from error
        # Behind the name, which may hold anything, the state is the first.
        fields = stat.rpartition(")")[2].split()
        return Taken((int(fields[11]) + int(fields[12])) / _TICKS_S, int(fields[21]) * _PAGE)


def free_port() -> int:
    """Return a port of this host that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def serving(
    name: str,
    command: Sequence[str | Path],
    port: int,
    log: Path,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Run a server within, which writes to `log`; Failure tells why it does not listen."""
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, env=environment)
    try:
        _await(name, port, process, log)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(name: str, port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + _START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                said = log.read_text(errors="replace").strip().splitlines()
                raise Failure(f"{name} does not listen: {said[-1] if said else ''}") from None
            time.sleep(0.02)
