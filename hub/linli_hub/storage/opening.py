"""A database by its address."""

from pathlib import Path
from typing import Any

from .database import Database, StorageError
from .schema import check, migrate
from .sqlite import SqliteDatabase

POSTGRES = ("postgresql://", "postgres://")


def open_database(address: str) -> Database:
    """Return the database at `address`, a file's path or a `postgresql://` URL, brought up to date.

    StorageError when it cannot be opened, when another hub writes to it, or when a newer Linli
    wrote it.
    """
    database = _at(address)
    try:
        database.claim()
        migrate(database)
    except StorageError:
        database.close()
        raise
    return database


def open_to_read(address: str) -> Database:
    """Return the database at `address` for reading, also while a hub writes to it.

    StorageError when there is none, or when another version of Linli wrote it.
    """
    database = _at(address)
    try:
        check(database)
    except StorageError:
        database.close()
        raise
    return database


def leads(address: str) -> bool:
    """Tell whether the PostgreSQL database at `address` is there and no standby's."""
    return _asked(address, "SELECT pg_is_in_recovery()") == [(False,)]


def follows(address: str) -> bool:
    """Tell whether the PostgreSQL database at `address` is there and a standby's."""
    return _asked(address, "SELECT pg_is_in_recovery()") == [(True,)]


def standbys(address: str) -> int:
    """Return how many standbys a PostgreSQL database waits for one of; 0: it is not there."""
    found = _asked(
        address,
        "SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('quorum', 'sync')",
    )
    return int(found[0][0]) if found else 0


def _asked(address: str, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query; none when the database is not there."""
    database = _at(address)
    try:
        with database.reading() as transaction:
            return transaction.query(query)
    except StorageError:
        return []
    finally:
        database.close()


def _at(address: str) -> Database:
    if address.startswith(POSTGRES):
        from .postgres import PostgresDatabase

        return PostgresDatabase(address)
    return SqliteDatabase(Path(address))
