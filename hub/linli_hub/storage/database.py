"""What the hub asks of a database; statements are SQL that SQLite and PostgreSQL both understand.

Parameters are written `?`. Bytes are BYTEA, whole numbers BIGINT, times Unix µs.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Values = Sequence[Any]


class StorageError(Exception):
    """The database cannot be opened, read or written; the message names it and says why."""


class NotLeadingError(StorageError):
    """The database is a standby's: another one leads, and only that is written to."""


class UnfitError(StorageError):
    """The computer that the database is on is why: its disk is full or broken."""


class Transaction(Protocol):
    """Statements that all take effect, or none."""

    def execute(self, statement: str, values: Values = ()) -> int:
        """Carry out a statement; return how many rows it changed."""
        ...

    def execute_all(self, statement: str, rows: Iterable[Values]) -> None:
        """Carry out a statement once for each of `rows`."""
        ...

    def query(self, statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """Return the rows that a statement selects."""
        ...


class Database(Protocol):
    """One database; its methods raise StorageError."""

    name: str
    """What to call it in messages; without a password."""

    def claim(self) -> None:
        """Become the one who writes, before the first `writing`; for as long as it is open.

        Where a standby is to have what is written, it has all that was when this returns.
        """
        ...

    def writing(self, copied: bool = True) -> AbstractContextManager[Transaction]:
        """Begin a transaction that is durable at its end; one at a time, for one thread.

        With `copied`, a standby has it then, too, where there is to be one.
        """
        ...

    def reading(self) -> AbstractContextManager[Transaction]:
        """Begin a transaction that sees one state and changes nothing; from any thread."""
        ...

    def scrub(self, tables: Sequence[str]) -> None:
        """Take what was deleted from `tables` out of the database's files; from any thread.

        Writers wait meanwhile. StorageError too when a reader goes on holding it back.
        """
        ...

    def tidy(self, tables: Sequence[str]) -> None:
        """Do what `scrub` does as far as nobody has to wait for it; from any thread.

        What cannot be overwritten now is when its room is used again.
        """
        ...

    def reconnect(self) -> None:
        """Begin anew after an error; what was not committed is gone. Otherwise as `claim`."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...
