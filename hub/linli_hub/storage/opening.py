"""A database by its address."""

from pathlib import Path

from .database import Database
from .schema import migrate
from .sqlite import SqliteDatabase

POSTGRES = ("postgresql://", "postgres://")


def open_database(address: str) -> Database:
    """Return the database at `address`, a file's path or a `postgresql://` URL, brought up to date.

    StorageError when it cannot be opened, when another hub writes to it, or when a newer Linli
    wrote it.
    """
    database: Database
    if address.startswith(POSTGRES):
        from .postgres import PostgresDatabase

        database = PostgresDatabase(address)
    else:
        database = SqliteDatabase(Path(address))
    migrate(database)
    return database
