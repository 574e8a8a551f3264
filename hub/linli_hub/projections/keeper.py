"""Keeps projections in step with the log."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..log import Row
from ..storage import Database, Transaction, log_table
from ..vault import Vault
from . import erased
from .event import Event, events

_PAGE = 5000

Page = Callable[[Transaction, int, int], list[Row]]


@dataclass(frozen=True)
class Projection:
    """A few tables that follow from the log and from nothing else.

    `tables` gives their columns by their names. `apply` brings them up to date with events that
    come after all that they know. `version` changes with whatever changes their content: tables of
    another version are made anew. What a row of a `sealed` table tells was sealed under one key,
    its `data_key` (0: it was open), and the row goes when that key is destroyed. Those of them that
    are `by_device` have primary keys that begin with `device`, the event's, and few enough rows of
    each to look through.
    """

    name: str
    version: int
    tables: Mapping[str, str]
    apply: Callable[[Transaction, Sequence[Event]], None]
    sealed: Sequence[str] = ()
    by_device: Sequence[str] = ()


class Keeper:
    """Makes, follows and rebuilds projections; what a journal asks to bring them up to date.

    `page(transaction, after, limit)` reads the log for it.
    """

    def __init__(
        self, projections: Sequence[Projection], vault: Vault, page: Page = log_table.page
    ) -> None:
        self._projections = projections
        self._vault = vault
        self._page = page

    def prepare(self, database: Database) -> None:
        """Make what is missing or of another version from the log, and finish what was begun."""
        with database.writing() as transaction:
            transaction.execute(
                "CREATE TABLE IF NOT EXISTS projections "
                "(name TEXT PRIMARY KEY, version BIGINT NOT NULL, applied BIGINT NOT NULL)"
            )
            erased.prepare(transaction)
            known = dict(transaction.query("SELECT name, version FROM projections"))
        for projection in self._projections:
            if known.get(projection.name) != projection.version:
                self.clear(database, projection)
            with database.writing() as transaction:
                _index(transaction, projection)
            self._catch_up(database, projection)

    def rebuild(self, database: Database) -> None:
        """Make all projections anew."""
        for projection in self._projections:
            self.clear(database, projection)
            self._catch_up(database, projection)

    def clear(self, database: Database, projection: Projection) -> None:
        """Empty the tables of a projection."""
        with database.writing() as transaction:
            for table, columns in projection.tables.items():
                transaction.execute(f"DROP TABLE IF EXISTS {table}")
                transaction.execute(f"CREATE TABLE {table} ({columns})")
            _index(transaction, projection)
            transaction.execute(
                "INSERT INTO projections (name, version, applied) VALUES (?, ?, 0) "
                "ON CONFLICT (name) DO UPDATE SET version = excluded.version, applied = 0",
                [projection.name, projection.version],
            )

    def apply(self, transaction: Transaction, rows: Sequence[Row]) -> None:
        """Bring all projections up to date with `rows`, in the transaction that adds them."""
        if rows:
            _follow(transaction, self._projections, list(events(rows, self._vault)))
            transaction.execute("UPDATE projections SET applied = ?", [rows[-1].number])

    def _catch_up(self, database: Database, projection: Projection) -> None:
        while True:
            with database.writing() as transaction:
                query = "SELECT applied FROM projections WHERE name = ?"
                after = transaction.query(query, [projection.name])[0][0]
                rows = self._page(transaction, after, _PAGE)
                if not rows:
                    return
                _follow(transaction, [projection], list(events(rows, self._vault)))
                transaction.execute(
                    "UPDATE projections SET applied = ? WHERE name = ?",
                    [rows[-1].number, projection.name],
                )


def _index(transaction: Transaction, projection: Projection) -> None:
    for table in projection.sealed:
        if table not in projection.by_device:
            erased.index(transaction, table)


def _follow(
    transaction: Transaction, projections: Sequence[Projection], happened: Sequence[Event]
) -> None:
    erased.note(transaction, happened)
    keys = erased.destroyed(happened)
    for projection in projections:
        projection.apply(transaction, happened)
        for table in projection.sealed if keys else ():
            erased.clear(transaction, table, keys, by_device=table in projection.by_device)
    if keys:
        erased.forget(transaction, keys)
