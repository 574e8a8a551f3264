"""A Mosquitto of our own on this host, for as long as it is measured with."""

import getpass
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..failure import Failure
from .server import Server, free_port, serving

_SEARCH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"


@contextmanager
def broker(folder: Path, settings: str = "") -> Iterator[Server]:
    """Run a broker without TLS within; Failure when there is no Mosquitto.

    `settings` are further lines of its configuration.
    """
    program = shutil.which("mosquitto", path=_SEARCH)
    if program is None:
        raise Failure("no broker: apt-get install mosquitto")
    port = free_port()
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nuser {getpass.getuser()}\n"
        f"persistence_location {folder}/\n{settings}"
    )
    with serving("mosquitto", [program, "-c", config], port, folder / "mosquitto.log") as server:
        yield server
