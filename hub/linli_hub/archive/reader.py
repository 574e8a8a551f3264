"""The whole log, wherever its rows are: in archives, in the database, or in both."""

from collections.abc import Iterator
from pathlib import Path

from ..log import Row
from ..storage import Database, Transaction, archives, log_table
from . import parquet

_PAGE = 5_000


class LogReader:
    """Reads the log; its archives are in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def page(self, transaction: Transaction, after: int, limit: int) -> list[Row]:
        """Return the first `limit` rows with numbers above `after`, in order; fewer at the end.

        ArchiveError when they are in an archive that is missing.
        """
        rows: list[Row] = []
        while len(rows) < limit:
            more = self._stretch(transaction, after, limit - len(rows))
            if not more:
                break
            rows += more
            after = rows[-1].number
        return rows

    def read(self, database: Database, after: int = 0) -> Iterator[Row]:
        """Yield all rows with numbers above `after`; none that is added meanwhile is skipped."""
        while True:
            with database.reading() as transaction:
                rows = self.page(transaction, after, _PAGE)
            if not rows:
                return
            yield from rows
            after = rows[-1].number

    def _stretch(self, transaction: Transaction, after: int, limit: int) -> list[Row]:
        """Return the next rows from one place, which may have fewer than `limit`."""
        rows = log_table.page(transaction, after, limit)
        if rows and rows[0].number == after + 1:
            return rows
        for archive in archives.known(transaction):
            if archive.before.number <= after < archive.end.number:
                return parquet.page(self._folder / archive.name, after, limit)
        return rows
