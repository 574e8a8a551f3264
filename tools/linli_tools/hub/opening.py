"""Options that all commands of a hub share, and how they open its site.

A hub takes a while to load: commands import it when they run, so that --help does not wait for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..failure import Failure

if TYPE_CHECKING:
    from linli_hub.configuration import Configuration
    from linli_hub.site import Site
    from linli_hub.storage import Database

Config = Annotated[Path, typer.Option("--config", metavar="FILE", help="The hub's configuration.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
CONFIG = Path("hub.toml")


def configuration(path: Path) -> "Configuration":
    """Return the configuration in a file; Failure tells its mistakes."""
    from linli_hub.configuration import load

    with failures():
        return load(path)


@contextmanager
def writing(path: Path, start: bool = True) -> "Iterator[Site]":
    """Open a site, which no hub serves; with `start`, its journal commits from the beginning."""
    from linli_hub.site import Site

    with failures():
        site = Site(configuration(path))
        try:
            if start:
                site.journal.start([site.keeper])
            yield site
        finally:
            site.close()


@contextmanager
def reading(path: Path) -> "Iterator[tuple[Configuration, Database]]":
    """Open a site's database, whoever writes to it."""
    from linli_hub.storage import open_to_read

    with failures():
        found = configuration(path)
        database = open_to_read(found.database)
        try:
            yield found, database
        finally:
            database.close()


@contextmanager
def failures() -> Iterator[None]:
    """Tell the hub's errors in one line."""
    from linli_hub.archive import ArchiveError, BackupError
    from linli_hub.cluster import PromotionError
    from linli_hub.configuration import ConfigurationError
    from linli_hub.log import BrokenChainError
    from linli_hub.northbound.mqtt.settings import SettingsError
    from linli_hub.site import SiteError
    from linli_hub.storage import StorageError
    from linli_hub.vault import VaultError

    try:
        yield
    except (
        ArchiveError,
        BackupError,
        BrokenChainError,
        ConfigurationError,
        PromotionError,
        SettingsError,
        SiteError,
        StorageError,
        VaultError,
    ) as error:
        raise Failure(str(error)) from error
