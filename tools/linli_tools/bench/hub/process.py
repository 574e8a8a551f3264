"""A hub in a process of its own."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..server import Server, serving


@contextmanager
def hub(config: Path, port: int, compiled: Path | None = None) -> Iterator[Server]:
    """Run `linli hub serve` within, whose devices connect to `port`.

    `compiled` is the folder that `make compiled` wrote; None: the hub's code as it is.
    """
    environment = dict(os.environ)
    if compiled is not None:
        before = environment.get("PYTHONPATH", "")
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(compiled.resolve()), before]))
    serve: list[str | Path] = [
        sys.executable,
        "-m",
        "linli_tools",
        "hub",
        "serve",
        "--log-json",
        "--config",
        config,
    ]
    log = config.with_name("hub.log")
    with serving("the hub", serve, port, log, environment) as server:
        yield server
