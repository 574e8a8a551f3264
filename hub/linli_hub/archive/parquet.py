"""Rows of the log as a Parquet file, with the columns of the table `log`.

What reads and writes such files is imported when there is one: it takes 25 MB of memory.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linli_protocol.crypto import Sm3

from ..log import BrokenChainError, Record, Row, verify
from ..storage import Archive, StorageError

if TYPE_CHECKING:
    import duckdb
    import numpy as np

_COLUMNS = "number, time_us, kind, device, data_key, body, hash"
# One hub may have one gigabyte for all it does, and archives when nothing presses.
_LIMITS: dict[str, str | bool | int | float | list[str]] = {"threads": 1, "memory_limit": "256MB"}
_PIECE = 1 << 20
_AT_ONCE = 500


class ArchiveError(StorageError):
    """An archive is missing or is not what was written; the message names the file."""


def write(path: Path, rows: Sequence[Row]) -> None:
    """Write `rows`, one or more, to a file that is there as a whole, and durable, or not at all."""
    import numpy as np

    partial = path.with_name(path.name + ".partial")
    columns = {
        "number": np.array([row.number for row in rows], dtype=np.int64),
        "time_us": np.array([row.record.time_us for row in rows], dtype=np.int64),
        "kind": _objects([row.record.kind for row in rows]),
        "device": np.array([row.record.device for row in rows], dtype=np.int64),
        "data_key": np.array([row.record.key for row in rows], dtype=np.int64),
        "body": _objects([row.record.body for row in rows]),
        "hash": _objects([row.hash for row in rows]),
    }
    with _duckdb(partial) as database:
        database.register("rows", columns)
        quoted = str(partial).replace("'", "''")
        database.execute(
            f"COPY (SELECT {_COLUMNS} FROM rows) TO '{quoted}' (FORMAT parquet, COMPRESSION zstd)"
        )
    try:
        # For its owner only, as the database.
        partial.chmod(0o600)
        sync(partial)
        partial.replace(path)
        sync(path.parent)
    except OSError as error:
        raise ArchiveError(f"{path}: {error.strerror}") from error


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def page(path: Path, after: int, limit: int) -> list[Row]:
    """Return at most `limit` rows of the file at `path` with numbers above `after`, in order."""
    return list(_read(path, after, limit))


def _read(path: Path, after: int, limit: int) -> Iterator[Row]:
    _must_be_there(path)
    with _duckdb(path) as database:
        found = database.execute(
            f"SELECT {_COLUMNS} FROM read_parquet(?) WHERE number > ? ORDER BY number LIMIT ?",
            [str(path), after, limit],
        )
        # All at once would keep other threads waiting.
        while some := found.fetchmany(_AT_ONCE):
            for number, time_us, kind, device, key, body, hash_ in some:
                yield Row(number, Record(time_us, kind, device, key, body), hash_)


def check(path: Path, archive: Archive) -> None:
    """ArchiveError unless the file at `path` has the bytes and the rows that `archive` tells of."""
    _must_be_there(path)
    if hash_of(path) != archive.sm3:
        raise ArchiveError(f"{path}: its bytes are not those that were written")
    check_rows(path, archive)


def check_rows(path: Path, archive: Archive) -> None:
    """ArchiveError unless the rows in the file at `path` lead from `before` to `end`."""
    try:
        end = verify(archive.before, _read(path, 0, archive.end.number))
    except BrokenChainError as error:
        raise ArchiveError(f"{path}: {error}") from error
    if end != archive.end:
        raise ArchiveError(f"{path}: ends with row {end.number}, not with {archive.end.number}")


def hash_of(path: Path) -> bytes:
    """Return the SM3 of a file."""
    total = Sm3()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                total.update(piece)
    except OSError as error:
        raise ArchiveError(f"{path}: {error.strerror}") from error
    return total.digest()


def _must_be_there(path: Path) -> None:
    if not path.exists():
        raise ArchiveError(f"{path}: an archive of the log is missing")


def _objects(values: Sequence[Any]) -> "np.ndarray[Any, np.dtype[np.object_]]":
    import numpy as np

    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


@contextmanager
def _duckdb(path: Path) -> "Iterator[duckdb.DuckDBPyConnection]":
    import duckdb

    try:
        with duckdb.connect(config=_LIMITS) as database:
            yield database
    except duckdb.Error as error:
        raise ArchiveError(f"{path}: {str(error).splitlines()[0]}") from error
