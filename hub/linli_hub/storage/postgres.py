"""PostgreSQL, for a hub that outgrows one box or has standbys; psycopg 3."""

import contextlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from .database import NotLeadingError, StorageError, Transaction, UnfitError, Values

# Held while a hub writes; the number is "linli" in ASCII.
_WRITER_LOCK = 0x6C696E6C69
_CONNECT_S = 3
# disk_full, io_error, data_corrupted, index_corrupted: table A-1 of its manual.
_UNFIT = ("53100", "58030", "XX001", "XX002")


def at_host(address: str, host: str) -> str:
    """Return the address of the same database at another host."""
    return make_conninfo(address, host=host)


@cache
def _own(statement: str) -> str:
    # Parameters are `?` to the hub, and no statement of it has another question mark.
    return statement.replace("?", "%s")


class _Transaction:
    def __init__(self, connection: "psycopg.Connection[tuple[Any, ...]]") -> None:
        self._connection = connection

    def execute(self, statement: str, values: Values = ()) -> int:
        return self._connection.execute(_own(statement), values or None).rowcount

    def execute_all(self, statement: str, rows: Iterable[Values]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(_own(statement), rows)

    def query(self, statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(_own(statement), values or None).fetchall()


class _Readers(threading.local):
    connection: "psycopg.Connection[tuple[Any, ...]] | None" = None


class PostgresDatabase:
    """The database that `conninfo` names (a libpq URL or keywords).

    A commit is durable when it returns, and with a standby of `synchronous_standby_names`.
    """

    def __init__(self, conninfo: str) -> None:
        try:
            known = conninfo_to_dict(conninfo)
        except psycopg.Error as error:
            raise StorageError(f"not a database's address: {error}") from error
        self.name = f"PostgreSQL {known.get('dbname', '')} at {known.get('host', 'this host')}"
        self._conninfo = conninfo
        self._readers = _Readers()
        self._all_readers: list[psycopg.Connection[tuple[Any, ...]]] = []
        self._writer: psycopg.Connection[tuple[Any, ...]] | None = None
        self._warning: str | None = None

    def claim(self) -> None:
        """See Database."""
        self._writer = self._connect_writer()

    @contextmanager
    def writing(self, copied: bool = True) -> Iterator[Transaction]:
        """See Database."""
        assert self._writer is not None, "not claimed"
        self._warning = None
        with self._errors(), self._writer.transaction():
            if not copied:
                self._writer.execute("SET LOCAL synchronous_commit TO local")
            yield _Transaction(self._writer)
        # A server that gives up waiting for its standby only warns.
        if self._warning is not None:
            raise StorageError(f"{self.name}: {self._warning}")

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """See Database."""
        with self._errors():
            reader = self._reader()
            with reader.transaction():
                yield _Transaction(reader)

    def scrub(self, tables: Sequence[str]) -> None:
        """See Database. The server's own WAL keeps it until it uses that space again."""
        with self._errors(), self._connect() as connection:
            for table in tables:
                connection.execute(f"VACUUM (FULL) {table}".encode())

    def tidy(self, tables: Sequence[str]) -> None:
        """See Database."""
        with self._errors(), self._connect() as connection:
            for table in tables:
                connection.execute(f"VACUUM {table}".encode())

    def reconnect(self) -> None:
        """See Database."""
        assert self._writer is not None, "not claimed"
        self._writer.close()
        self._writer = self._connect_writer()

    def close(self) -> None:
        """See Database."""
        if self._writer is not None:
            # The server notices the end of a connection a little later than the next one.
            with contextlib.suppress(psycopg.Error):
                self._writer.execute("SELECT pg_advisory_unlock(%s)", [_WRITER_LOCK])
            self._writer.close()
        for connection in self._all_readers:
            connection.close()

    def _reader(self) -> "psycopg.Connection[tuple[Any, ...]]":
        """Return this thread's connection, a new one when the server has closed it meanwhile."""
        reader = self._readers.connection
        if reader is not None:
            try:
                reader.execute("SELECT 1")
            except psycopg.OperationalError:
                self._all_readers.remove(reader)
                reader.close()
            else:
                return reader
        self._readers.connection = reader = self._connect()
        reader.read_only = True
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        self._all_readers.append(reader)
        return reader

    def _connect(self) -> "psycopg.Connection[tuple[Any, ...]]":
        with self._errors():
            return psycopg.connect(
                self._conninfo,
                autocommit=True,
                application_name="linli hub",
                connect_timeout=_CONNECT_S,
            )

    def _connect_writer(self) -> "psycopg.Connection[tuple[Any, ...]]":
        connection = self._connect()
        try:
            with self._errors():
                if connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,):
                    raise NotLeadingError(f"{self.name}: a standby, which another one leads")
                locked = connection.execute("SELECT pg_try_advisory_lock(%s)", [_WRITER_LOCK])
                if locked.fetchone() != (True,):
                    raise StorageError(f"{self.name}: another hub writes to it")
                connection.add_notice_handler(self._warned)
                # Its commit waits for a standby that has this, and so has all before it: also what
                # a connection that broke has committed, nobody knows whether copied.
                connection.execute("SELECT pg_logical_emit_message(true, 'linli', '')")
        except StorageError:
            connection.close()
            raise
        return connection

    def _warned(self, diagnostic: "psycopg.errors.Diagnostic") -> None:
        if diagnostic.severity_nonlocalized == "WARNING":
            self._warning = diagnostic.message_primary

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            said = str(error).strip().splitlines()
            kind = UnfitError if error.sqlstate in _UNFIT else StorageError
            raise kind(f"{self.name}: {said[0] if said else error!r}") from error
