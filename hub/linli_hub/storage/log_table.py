"""The log's rows in the database."""

from collections.abc import Iterator, Sequence

from ..log import GENESIS, Head, Record, Row
from . import archives
from .database import Database, StorageError, Transaction, Values

_PAGE = 1000


def head(transaction: Transaction) -> Head:
    """Return the end of the log, also when archives have taken all its rows over."""
    rows = transaction.query("SELECT number, hash FROM log ORDER BY number DESC LIMIT 1")
    if rows:
        return Head(int(rows[0][0]), bytes(rows[0][1]))
    known = archives.known(transaction)
    return known[-1].end if known else GENESIS


def append(transaction: Transaction, rows: Sequence[Row]) -> None:
    """Add `rows`, which follow the log's end."""
    transaction.execute_all(
        "INSERT INTO log (number, time_us, kind, device, data_key, body, hash) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        map(_values, rows),
    )


def _values(row: Row) -> Values:
    record = row.record
    fixed = row.number, record.time_us, record.kind, record.device, record.key
    return *fixed, record.body, row.hash


def _row(
    number: int,
    time_us: int,
    kind: str,
    device: int,
    key: int,
    body: bytes | memoryview,
    hash_: bytes | memoryview,
) -> Row:
    try:
        return Row(number, Record(time_us, kind, device, key, bytes(body)), bytes(hash_))
    except TypeError as error:
        raise StorageError(f"row {number} of the log holds what no hub writes: {error}") from error


def page(transaction: Transaction, after: int, limit: int = _PAGE) -> list[Row]:
    """Return at most `limit` rows with numbers above `after`, in order."""
    found = transaction.query(
        "SELECT number, time_us, kind, device, data_key, body, hash FROM log "
        "WHERE number > ? ORDER BY number LIMIT ?",
        [after, limit],
    )
    return [_row(*values) for values in found]


def read(database: Database, after: int = 0) -> Iterator[Row]:
    """Yield all rows in the table above `after`; none that is added meanwhile is skipped."""
    while True:
        with database.reading() as transaction:
            rows = page(transaction, after)
        if not rows:
            return
        yield from rows
        after = rows[-1].number
