"""A Mosquitto of our own on this host, for as long as it is measured with."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...failure import Failure

_SEARCH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
_START_S = 10.0


@contextmanager
def broker(folder: Path) -> Iterator[int]:
    """Run a broker without TLS within; yield its port. Failure when there is no Mosquitto."""
    program = shutil.which("mosquitto", path=_SEARCH)
    if program is None:
        raise Failure("no broker: apt-get install mosquitto")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nuser {getpass.getuser()}\n"
    )
    log = folder / "mosquitto.log"
    with log.open("wb") as said:
        process = subprocess.Popen([program, "-c", str(config)], stdout=said, stderr=said)
    try:
        _await(port, process, log)
        yield port
    finally:
        process.terminate()
        process.wait()


def _await(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + _START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                said = log.read_text(errors="replace").strip().splitlines()
                raise Failure(f"mosquitto does not listen: {said[-1] if said else ''}") from None
            time.sleep(0.02)
