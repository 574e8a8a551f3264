"""Where a command that looks into a site finds it: at the hub that serves it, or in its files.

Files are read with `--by` or `--config`, and when nothing says which hub there is.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..failure import Failure
from .client import Client, client
from .logins import login
from .opening import CONFIG, reading, writing

if TYPE_CHECKING:
    from linli_hub.configuration import Configuration
    from linli_hub.site import Site
    from linli_hub.storage import Transaction

By = Annotated[
    str | None,
    typer.Option("--by", metavar="NAME", help="Who looks, when the site's files are read."),
]
Files = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Read the files of this site, hub.toml."),
]


def serving(server: str | None, config: Path | None, by: str | None = None) -> Client | None:
    """Return who to ask; None: the files are to be read."""
    if config is not None or by is not None:
        return None
    return None if login(server) is None else client(server)


@contextmanager
def read(config: Path | None) -> "Iterator[tuple[Configuration, Transaction]]":
    """Read a site's database, whoever writes to it."""
    opened = reading(config or CONFIG)
    with opened as (configuration, database), database.reading() as transaction:
        yield configuration, transaction


@contextmanager
def accessed(
    config: Path | None, by: str | None, what: str, about: str
) -> "Iterator[tuple[Site, Transaction]]":
    """Open a site, which no running hub has, once the access is in its audit."""
    if by is None or not by.strip():
        raise typer.BadParameter("--by: who looks; or --server: the hub to ask")
    with writing(config or CONFIG) as site:
        position = site.tell_access(by, what, about, time.time_ns() // 1000)
        if not site.journal.wait(position, 30.0):
            raise Failure(f"the access cannot be written down: {site.journal.trouble}")
        with site.database.reading() as transaction:
            yield site, transaction
