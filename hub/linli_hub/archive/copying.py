"""What is written from one database to another; all other tables follow from the log."""

from collections.abc import Callable

from ..storage import (
    Database,
    StorageError,
    Transaction,
    bundles_table,
    facts_table,
    log_table,
)

_PAGE = 5_000

Progress = Callable[[int, int], None]
"""Takes how many rows are done, and how many there are."""


def copy(source: Transaction, target: Database, progress: Progress) -> None:
    """Copy what `source` sees to `target`; StorageError unless that is empty."""
    with target.reading() as transaction:
        if log_table.page(transaction, 0, 1) or facts_table.load(transaction):
            raise StorageError(f"{target.name}: is not empty, and nothing is overwritten")
    ((total,),) = source.query("SELECT count(*) FROM log")
    with target.writing() as transaction:
        facts_table.change(transaction, facts_table.load(source))
        for digest, content in bundles_table.each(source):
            bundles_table.put(transaction, digest, content)
        done, after = 0, 0
        while rows := log_table.page(source, after, _PAGE):
            log_table.append(transaction, rows)
            done, after = done + len(rows), rows[-1].number
            progress(done, total)
