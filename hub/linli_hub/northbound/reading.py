"""Reads the log for an uplink, opened and selected; blocking, so not for the event loop's thread.

Rows that are not there, that were erased or that do not open are passed over: the log's chain has a
check of its own.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from ..log import Record, Row
from ..projections import Event
from ..projections.event import events
from ..storage import Database, Transaction, log_table
from ..vault import Vault, VaultError
from .selection import Selection, is_alarm

Page = Callable[[Transaction, int, int], list[Row]]
"""Returns rows of the log: (transaction, after which number, how many at most)."""


class LogReader:
    """What `selection` lets go of the log in `database`; the tables of `NEWEST` must be in it.

    `page` reads the log, in archives too if it can.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        selection: Selection,
        page: Page = log_table.page,
    ) -> None:
        self.unreadable = 0
        self._log_page = page
        self._database = database
        self._vault = vault
        self._selection = selection

    def page(self, first: int, last: int, limit: int) -> tuple[list[Event], int]:
        """Return rows but alarms from `first` on, and up to which row that is complete."""
        with self._database.reading() as transaction:
            rows = self._log_page(transaction, first - 1, limit)
        rows = [row for row in rows if row.number <= last]
        complete = rows[-1].number if len(rows) == limit else last
        return [event for event in self._open(rows) if not is_alarm(event)], complete

    def alarms(self, first: int, last: int, limit: int) -> tuple[list[Event], int]:
        """Return the newest alarms up to `last`, newest first, and down to which row that is."""
        with self._database.reading() as transaction:
            numbers = [
                number
                for (number,) in transaction.query(
                    "SELECT number FROM alarm_rows WHERE number >= ? AND number <= ? "
                    "ORDER BY number DESC LIMIT ?",
                    [first, last, limit],
                )
            ]
            rows = self._rows(transaction, numbers)
        complete = numbers[-1] if len(numbers) == limit else first
        return list(self._open(rows)), complete

    def sealed_alarms(self, first: int, last: int) -> list[Row]:
        """Return the alarms from `first` to `last` as they stand in the log, sealed."""
        with self._database.reading() as transaction:
            found = transaction.query(
                "SELECT number FROM alarm_rows WHERE number >= ? AND number <= ? ORDER BY number",
                [first, last],
            )
            rows = self._rows(transaction, [number for (number,) in found])
        return [row for row in rows if self._selection.may_hold(row.record)]

    def opened(self, number: int, record: Record) -> list[Event]:
        """Return a row that is kept elsewhere; nothing when it cannot be read or may not go."""
        return list(self._open([Row(number, record, b"")]))

    def devices(self) -> list[int]:
        """Return all devices that have a state."""
        with self._database.reading() as transaction:
            found = transaction.query("SELECT DISTINCT device FROM newest_rows ORDER BY device")
        return [device for (device,) in found]

    def slots(self, device: int) -> dict[str, Event]:
        """Return the newest row of each part of a device's state; see `newest.slots`."""
        with self._database.reading() as transaction:
            slots = dict(
                transaction.query("SELECT slot, number FROM newest_rows WHERE device = ?", [device])
            )
            rows = self._rows(transaction, sorted(set(slots.values())))
        found = {event.number: event for event in self._open(rows)}
        return {slot: found[number] for slot, number in slots.items() if number in found}

    def _open(self, rows: Sequence[Row]) -> Iterator[Event]:
        for row in rows:
            if self._selection.may_hold(row.record):
                try:
                    yield from filter(self._selection.wants, events([row], self._vault))
                except VaultError:
                    self.unreadable += 1

    def _rows(self, transaction: Transaction, numbers: Iterable[int]) -> list[Row]:
        """Return the rows of `numbers` that can be found, in their order."""
        found = []
        for number in numbers:
            page = self._log_page(transaction, number - 1, 1)
            found += [row for row in page if row.number == number]
        return found
