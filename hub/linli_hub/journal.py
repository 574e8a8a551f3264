"""The journal: everything the hub must not forget, on its way to the database.

Whoever has something to remember adds it and goes on; one thread commits all that waits, as one
transaction. What the hub says to the world waits for what it rests on: `position` is how far the
journal has come, `durable` how far the database has, and a packet added at one position may leave
when the other has reached it.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from .log import Head, Record, Row, chain
from .storage import (
    Database,
    NotLeadingError,
    StorageError,
    Transaction,
    UnfitError,
    facts_table,
    log_table,
)

_log = logging.getLogger(__name__)

# Seconds between attempts when the database refuses.
_PATIENCE_S = (0.05, 0.2, 1.0)
# How long what may be lost with this computer is committed without a copy since something had one:
# a hub that was cut off from its standbys must not go on taking things in.
_ALONE_S = 10.0
# Records and facts that wait when the hub should take no more that can wait elsewhere.
_FULL = 20_000
# After a batch of more than so many of them, the next one begins so much later at least.
_BUSY = 64
_GATHER_S = 0.05


class Projection(Protocol):
    """Something in the database that follows from the log."""

    def apply(self, transaction: Transaction, rows: Sequence[Row]) -> None:
        """Bring it up to date with `rows`."""
        ...


Work = Callable[[Transaction], None]


class ForeignRowsError(Exception):
    """Somebody else has added to the log: this hub is not the only one, and must stop."""


class Journal:
    """Commits records and facts to `database` from `start` on; also the store of sessions.

    `trouble` is None, or why nothing can be committed at the moment; `unfit` that it is for the
    database's computer; `failed` that nothing ever will be. `commits` have taken `commit_s`
    seconds, with the times they were tried in vain.
    """

    def __init__(self, database: Database) -> None:
        self.position = 0
        self.durable = 0
        self.trouble: str | None = None
        self.unfit = False
        self.failed = False
        self.commits = 0
        self.commit_s = 0.0
        self._committing_since: float | None = None
        self._copied_at = time.monotonic()
        self._database = database
        self._projections: Sequence[Projection] = ()
        self._on_durable: Callable[[], None] = lambda: None
        with database.reading() as transaction:
            self._head = log_table.head(transaction)
            self._facts = facts_table.load(transaction)
        self._records: list[Record] = []
        self._changes: dict[str, bytes | None] = {}
        self._works: list[Work] = []
        self._copied = False
        self._can_be_lost = False
        self._awake = threading.Condition()
        self._closing = False
        self._is_busy = False
        self._batch_at = 0.0
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)

    def start(
        self,
        projections: Sequence[Projection] = (),
        on_durable: Callable[[], None] = lambda: None,
    ) -> None:
        """Begin to commit, `projections` in the same transactions.

        `on_durable()` is called from the journal's thread after each commit, and when it fails.
        """
        self._projections = projections
        self._on_durable = on_durable
        self._thread.start()

    @property
    def head(self) -> Head:
        """The end of the log as the database has it."""
        return self._head

    @property
    def committing_s(self) -> float:
        """For how long what is being committed has been so."""
        since = self._committing_since
        return 0.0 if since is None else time.monotonic() - since

    @property
    def full(self) -> bool:
        """Whether so much waits that what can wait elsewhere should."""
        return self.position - self.durable > _FULL

    @contextmanager
    def together(self, copied: bool = True) -> Iterator[None]:
        """Have everything that is added, put and deleted within committed in one transaction.

        Without `copied`, it may be lost with this computer: no standby is waited for.
        """
        with self._awake:
            before, self._can_be_lost = self._can_be_lost, not copied
            try:
                yield
            finally:
                self._can_be_lost = before

    def add(self, record: Record) -> int:
        """Add a record to the log; return the position at which it is durable."""
        with self._awake:
            self._records.append(record)
            return self._step()

    def carry_out(self, work: Work) -> int:
        """Have `work` done in the next transaction; return the position at which it is durable.

        It may be done a second time when a commit seems to have failed.
        """
        with self._awake:
            self._works.append(work)
            return self._step()

    def get(self, key: str) -> bytes | None:
        """Return a fact, None when there is none of that name."""
        return self._facts.get(key)

    def facts(self, prefix: str) -> dict[str, bytes]:
        """Return the facts whose names begin with `prefix`, as they are now."""
        with self._awake:
            return {name: fact for name, fact in self._facts.items() if name.startswith(prefix)}

    def put(self, key: str, value: bytes) -> None:
        """Set a fact; durable with `position`."""
        value = bytes(value)
        with self._awake:
            self._facts[key] = value
            self._changes[key] = value
            self._step()

    def delete(self, key: str) -> None:
        """Forget a fact; nothing happens when there is none of that name."""
        with self._awake:
            if self._facts.pop(key, None) is not None:
                self._changes[key] = None
                self._step()

    def wait(self, position: int, timeout_s: float) -> bool:
        """Wait until `position` is durable; False: time is over, or it never will be."""
        with self._awake:
            self._awake.wait_for(lambda: self.durable >= position or self.failed, timeout_s)
            return self.durable >= position

    def close(self) -> None:
        """Commit what waits, if it has been started and the database takes it, and end."""
        with self._awake:
            self._closing = True
            self._awake.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    def _step(self) -> int:
        if self.position == self.durable:
            # Nothing has waited: nor does the thread look for more.
            self._awake.notify_all()
        self.position += 1
        self._copied = self._copied or not self._can_be_lost
        return self.position

    def _work(self) -> None:
        try:
            while (batch := self._next_batch()) is not None:
                records, changes, works, position, copied = batch
                self._committing_since = began = time.monotonic()
                copied = copied or began - self._copied_at > _ALONE_S
                if not self._commit(chain(self._head, records), changes, works, copied):
                    break
                self._committing_since = None
                if copied:
                    self._copied_at = began
                self.commits += 1
                self.commit_s += time.monotonic() - began
                with self._awake:
                    self.durable = position
                    self._awake.notify_all()
                self._on_durable()
        except (ForeignRowsError, NotLeadingError) as error:
            self.trouble = str(error)
        except Exception as error:
            _log.exception("the journal ends, and with it all that the hub acknowledges")
            self.trouble = f"the journal has failed: {error!r}"
        if self.trouble is not None:
            with self._awake:
                self.failed = True
                self._awake.notify_all()
            self._on_durable()

    def _next_batch(
        self,
    ) -> tuple[list[Record], dict[str, bytes | None], list[Work], int, bool] | None:
        """Return all that waits, once something does; None when the journal is to end."""
        with self._awake:
            self._awake.wait_for(lambda: self.position > self.durable or self._closing)
            if self.position == self.durable:
                return None
            rest_s = self._batch_at + _GATHER_S - time.monotonic()
            if self._is_busy and rest_s > 0:
                # A commit of more costs hardly more, and what waits for it was not alone.
                self._awake.wait_for(lambda: self._closing, rest_s)
            self._is_busy = self.position - self.durable > _BUSY
            self._batch_at = time.monotonic()
            records, self._records = self._records, []
            changes, self._changes = self._changes, {}
            works, self._works = self._works, []
            copied, self._copied = self._copied, False
            return records, changes, works, self.position, copied

    def _commit(
        self,
        rows: list[Row],
        changes: dict[str, bytes | None],
        works: list[Work],
        copied: bool,
    ) -> bool:
        """Commit a batch, however long it takes; False when the journal is closed meanwhile."""
        attempt = 0
        while True:
            try:
                with self._database.writing(copied) as transaction:
                    self._write(transaction, rows, changes, works)
            except NotLeadingError:
                raise
            except StorageError as error:
                self.trouble = str(error)
                self.unfit = isinstance(error, UnfitError)
                if self._closing and attempt >= len(_PATIENCE_S):
                    return False
                time.sleep(_PATIENCE_S[min(attempt, len(_PATIENCE_S) - 1)])
                attempt += 1
                self._reconnect()
            else:
                self.trouble = None
                self.unfit = False
                if rows:
                    self._head = Head(rows[-1].number, rows[-1].hash)
                return True

    def _write(
        self,
        transaction: Transaction,
        rows: list[Row],
        changes: dict[str, bytes | None],
        works: list[Work],
    ) -> None:
        # A commit that seemed to fail may have been carried out.
        there = log_table.head(transaction)
        if rows and there == Head(rows[-1].number, rows[-1].hash):
            return
        if there != self._head:
            raise ForeignRowsError(
                f"{self._database.name}: the log ends with row {there.number}, which this hub did "
                f"not write after row {self._head.number}"
            )
        log_table.append(transaction, rows)
        facts_table.change(transaction, changes)
        for projection in self._projections:
            projection.apply(transaction, rows)
        for work in works:
            work(transaction)

    def _reconnect(self) -> None:
        try:
            self._database.reconnect()
        except NotLeadingError:
            raise
        except StorageError as error:
            self.trouble = str(error)
