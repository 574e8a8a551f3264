"""A hub in a process of its own."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..server import Server, serving


@contextmanager
def hub(config: Path, port: int) -> Iterator[Server]:
    """Run `linli hub serve` within, whose devices connect to `port`."""
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
    with serving("the hub", serve, port, config.with_name("hub.log")) as server:
        yield server
