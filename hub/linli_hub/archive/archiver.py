"""Archiving: old rows of the log go to files, each row in the file before it leaves the database.

1. A file takes the oldest rows: written under another name, synchronised, renamed.
2. It is read back, and its chain followed from the hash before its first row to its last row's.
3. The log says so ("archived": see `storage.Archive.told`), and a fact, in one transaction.
4. The rows are deleted, a few at a time.

Cut short before step 3, the file is not known and is written again; after it, deleting goes on.
"""

import json
from collections.abc import Callable
from pathlib import Path

from ..journal import Journal
from ..log import GENESIS, Head, Record, Row
from ..storage import Archive, Database, StorageError, Transaction, archives, log_table
from . import parquet

ARCHIVED = "archived"
ROWS_PER_FILE = 50_000
_ROWS_PER_DELETION = 500
_PAGE = 5_000
_DURABLE_S = 60.0

Told = Callable[[Archive], None]
Stopped = Callable[[], bool]


class Archiver:
    """Moves rows from `database`, to which `journal` writes, to files in `folder`.

    `stopped` is asked between steps whether to go on another time.
    """

    def __init__(
        self,
        database: Database,
        journal: Journal,
        folder: Path,
        stopped: Stopped = lambda: False,
    ) -> None:
        self._database = database
        self._journal = journal
        self._folder = folder
        self._stopped = stopped

    def run(
        self,
        before_us: int,
        time_us: int,
        told: Told = lambda archive: None,
        needed_from: int | None = None,
        least: int = 1,
    ) -> list[Archive]:
        """Archive all rows up to the first one that is no older than `before_us`.

        `needed_from` and later ones stay in any case, and so does what would be a file of fewer
        rows than `least`. `time_us` is now; `told` hears of each archive when its rows have left
        the database. What was begun earlier is finished first. ArchiveError, or StorageError, when
        it cannot go on.
        """
        with self._database.reading() as transaction:
            known = archives.known(transaction)
        if known:
            self._remove(known[-1])
        before = known[-1].end if known else GENESIS
        made: list[Archive] = []
        while not self._stopped():
            rows = self._oldest(before, before_us, needed_from)
            if len(rows) < max(least, 1):
                break
            archive = self._write(before, rows)
            with self._journal.together():
                body = json.dumps(archive.told(), separators=(",", ":")).encode()
                self._journal.put(archive.fact, archive.encode())
                position = self._journal.add(Record(time_us, ARCHIVED, 0, 0, body))
            self._wait(position)
            self._remove(archive)
            made.append(archive)
            before = archive.end
            told(archive)
        return made

    def _oldest(self, before: Head, before_us: int, needed_from: int | None) -> list[Row]:
        """Return the rows that are next to go."""
        rows: list[Row] = []
        while len(rows) < ROWS_PER_FILE:
            after = rows[-1].number if rows else before.number
            with self._database.reading() as transaction:
                page = log_table.page(transaction, after, min(_PAGE, ROWS_PER_FILE - len(rows)))
            for row in page:
                if row.record.time_us >= before_us:
                    return rows
                if needed_from is not None and row.number >= needed_from:
                    return rows
                rows.append(row)
            if not page:
                break
        return rows

    def _write(self, before: Head, rows: list[Row]) -> Archive:
        end = Head(rows[-1].number, rows[-1].hash)
        name = Archive(before, end, 0, b"").name
        path = self._folder / name
        try:
            self._folder.mkdir(exist_ok=True)
        except OSError as error:
            raise parquet.ArchiveError(f"{self._folder}: {error.strerror}") from error
        parquet.write(path, rows)
        archive = Archive(before, end, path.stat().st_size, parquet.hash_of(path))
        parquet.check_rows(path, archive)
        return archive

    def _remove(self, archive: Archive) -> None:
        """Delete from the database what an archive has, once that is seen to have it."""
        with self._database.reading() as transaction:
            oldest = log_table.page(transaction, 0, 1)
        if not oldest or oldest[0].number > archive.end.number:
            return
        parquet.check(self._folder / archive.name, archive)
        last = min(oldest[0].number - 1, archive.end.number)
        while last < archive.end.number and not self._stopped():
            last = min(last + _ROWS_PER_DELETION, archive.end.number)
            self._wait(self._journal.carry_out(_deletion(last)))

    def _wait(self, position: int) -> None:
        if not self._journal.wait(position, _DURABLE_S):
            raise StorageError(f"archiving stops: {self._journal.trouble or 'the disk is slow'}")


def _deletion(last: int) -> Callable[[Transaction], None]:
    def delete(transaction: Transaction) -> None:
        transaction.execute("DELETE FROM log WHERE number <= ?", [last])

    return delete
