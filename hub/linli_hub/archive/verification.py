"""Verification of the whole log: every archive's bytes, and the chain through all rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ..log import GENESIS, BrokenChainError, Head, Row, verify
from ..storage import Archive, Database, archives
from . import parquet
from .reader import LogReader


class Verified(NamedTuple):
    """What was verified: the rows after `start` up to `end`, and the files `missing` before."""

    start: Head
    end: Head
    missing: tuple[str, ...]


def verify_log(database: Database, folder: Path, kept: Head | None = None) -> Verified:
    """Follow the log from its first row to its last.

    `kept` is a row that somebody noted earlier, which must still be there. Archives that are
    missing are passed over if a row after them was kept, for its hash vouches for all between.
    ArchiveError or BrokenChainError when a file or a row is missing or not what was written.
    """
    with database.reading() as transaction:
        known = archives.known(transaction)
    missing = [each for each in known if not (folder / each.name).exists()]
    start = missing[-1].end if missing else GENESIS
    if missing and (kept is None or kept.number < start.number):
        raise parquet.ArchiveError(
            f"{folder / missing[-1].name}: an archive of the log is missing; what comes after it "
            f"can be verified by a head that was kept of row {start.number} or later"
        )
    there = start
    files = [each for each in known if each.end.number > start.number]

    def rows() -> Iterator[Row]:
        nonlocal there
        for row in _rows(database, folder, files, start):
            if kept is not None and row.number == kept.number:
                there = Head(row.number, row.hash)
            yield row

    end = verify(start, rows())
    if kept is not None and there != kept:
        found = f"is {there.hash.hex()}" if there.number == kept.number else "is missing"
        raise BrokenChainError(f"row {kept.number} {found}, not {kept.hash.hex()}")
    return Verified(start, end, tuple(each.name for each in missing))


def _rows(database: Database, folder: Path, there: list[Archive], start: Head) -> Iterator[Row]:
    after = start.number
    for archive in there:
        path = folder / archive.name
        parquet.check(path, archive)
        yield from parquet.page(path, after, archive.end.number)
        after = archive.end.number
    yield from LogReader(folder).read(database, after)
