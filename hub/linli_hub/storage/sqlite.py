"""SQLite: one file, one writer at a time, readers that never wait for it."""

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from .database import StorageError, Transaction, Values

_BUSY_S = 10.0
# Pages of 4 KiB. The commit that folds the log into the file waits; the default does after 4 MB.
_CHECKPOINT_PAGES = 4096
# What is written again and again, of each device, stays in memory: the default is 2 MB.
_CACHE_KIB = 16 * 1024


# Rows that one statement inserts: each statement has Python's lock go to other threads and back.
_AT_A_TIME = (64, 8)
# That are kept compiled on a connection.
_STATEMENTS = 256


class _Transaction:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Values = ()) -> int:
        return self._connection.execute(statement, values).rowcount

    def execute_all(self, statement: str, rows: Iterable[Values]) -> None:
        rows = list(rows)
        done = 0
        for count in _AT_A_TIME:
            many = several(statement, count) if len(rows) - done >= count else None
            while many is not None and len(rows) - done >= count:
                values = list(chain.from_iterable(rows[done : done + count]))
                self._connection.execute(many, values)
                done += count
        if done < len(rows):
            self._connection.executemany(statement, rows[done:])

    def query(self, statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, values).fetchall()


@cache
def several(statement: str, count: int) -> str | None:
    """Return `statement`, which inserts one row, for `count` rows; None: it is no such statement.

    >>> several("INSERT INTO t (a, b) VALUES (?, f(?)) ON CONFLICT (a) DO NOTHING", 2)
    'INSERT INTO t (a, b) VALUES (?, f(?)), (?, f(?)) ON CONFLICT (a) DO NOTHING'
    """
    before, values, after = statement.partition(" VALUES (")
    if not before.startswith("INSERT INTO ") or not values:
        return None
    depth, end = 1, 0
    while depth:
        depth += {"(": 1, ")": -1}.get(after[end], 0)
        end += 1
    row = "(" + after[:end]
    return f"{before} VALUES {', '.join([row] * count)}{after[end:]}"


class _Readers(threading.local):
    connection: sqlite3.Connection | None = None


class SqliteDatabase:
    """The database in the file at `path`, which `claim` makes when there is none.

    A commit is on disk when it returns (WAL, synchronous=FULL).
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path
        self._lock_file: BinaryIO | None = None
        self._writer: sqlite3.Connection | None = None
        self._readers = _Readers()
        self._all_readers: list[sqlite3.Connection] = []

    def claim(self) -> None:
        """See Database."""
        self._lock_file = self._lock()
        # For its owner only: SQLite would let others read it.
        os.close(os.open(self._path, os.O_CREAT, 0o600))
        self._writer = self._connect_writer()

    @contextmanager
    def writing(self, copied: bool = True) -> Iterator[Transaction]:
        """See Database."""
        writer = self._writer
        assert writer is not None, "not claimed"
        with self._errors():
            writer.execute("BEGIN IMMEDIATE")
            try:
                yield _Transaction(writer)
                writer.execute("COMMIT")
            except BaseException:
                if writer.in_transaction:
                    writer.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """See Database."""
        with self._errors():
            if not self._path.exists():
                raise StorageError(f"{self._path}: no such file")
            reader = self._readers.connection
            if reader is None:
                reader = self._readers.connection = self._connect()
                reader.execute("PRAGMA query_only = ON")
                self._all_readers.append(reader)
            reader.execute("BEGIN")
            try:
                yield _Transaction(reader)
            finally:
                reader.execute("ROLLBACK")

    def scrub(self, tables: Sequence[str]) -> None:
        """See Database."""
        # What is deleted is overwritten in its page (secure_delete); older pages are in the WAL.
        with self._errors(), closing(self._connect()) as connection:
            (is_busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if is_busy:
            raise StorageError(f"{self._path}: somebody goes on reading what was deleted")

    def tidy(self, tables: Sequence[str]) -> None:
        """See Database."""
        with self._errors(), closing(self._connect()) as connection:
            connection.execute("PRAGMA busy_timeout = 0")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def reconnect(self) -> None:
        """See Database."""
        assert self._writer is not None, "not claimed"
        self._writer.close()
        self._writer = self._connect_writer()

    def close(self) -> None:
        """See Database."""
        for connection in (self._writer, *self._all_readers):
            if connection is not None:
                connection.close()
        if self._lock_file is not None:
            self._lock_file.close()

    def _connect_writer(self) -> sqlite3.Connection:
        connection = self._connect()
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        return connection

    def _connect(self) -> sqlite3.Connection:
        with self._errors():
            connection = sqlite3.connect(
                self._path,
                timeout=_BUSY_S,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=_STATEMENTS,
            )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")
            return connection

    def _lock(self) -> BinaryIO:
        """Return the file whose lock says that this process writes."""
        beside = self._path.with_name(self._path.name + ".lock")
        try:
            file = beside.open("ab")
        except OSError as error:
            raise StorageError(f"{beside}: {error.strerror}") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            raise StorageError(f"{self._path}: another hub writes to it") from error
        return file

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StorageError(f"{self._path}: {error}") from error
