"""Reads the log for an uplink, opened and selected; blocking, so not for the event loop's thread.

Rows that an archive took over, that were erased or that do not open are passed over: the row's
chain has its own check.
"""

from collections.abc import Iterator, Sequence

from ..log import Record, Row
from ..projections import Event
from ..projections.event import events
from ..storage import Database, Transaction, log_table
from ..vault import Vault, VaultError
from .selection import Selection, is_alarm


class LogReader:
    """What `selection` lets go of the log in `database`; the tables of `NEWEST` must be in it."""

    def __init__(self, database: Database, vault: Vault, selection: Selection) -> None:
        self.unreadable = 0
        self._database = database
        self._vault = vault
        self._selection = selection

    def page(self, first: int, last: int, limit: int) -> tuple[list[Event], int]:
        """Return rows but alarms from `first` on, and up to which row that is complete."""
        with self._database.reading() as transaction:
            rows = log_table.page(transaction, first - 1, limit)
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
            rows = _rows(transaction, numbers)
        complete = numbers[-1] if len(numbers) == limit else first
        return list(self._open(rows)), complete

    def sealed_alarms(self, first: int, last: int) -> list[Row]:
        """Return the alarms from `first` to `last` as they stand in the log, sealed."""
        with self._database.reading() as transaction:
            found = transaction.query(
                "SELECT number FROM alarm_rows WHERE number >= ? AND number <= ? ORDER BY number",
                [first, last],
            )
            rows = _rows(transaction, [number for (number,) in found])
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
            rows = _rows(transaction, sorted(set(slots.values())))
        found = {event.number: event for event in self._open(rows)}
        return {slot: found[number] for slot, number in slots.items() if number in found}

    def _open(self, rows: Sequence[Row]) -> Iterator[Event]:
        for row in rows:
            if self._selection.may_hold(row.record):
                try:
                    yield from filter(self._selection.wants, events([row], self._vault))
                except VaultError:
                    self.unreadable += 1


def _rows(transaction: Transaction, numbers: Sequence[int]) -> list[Row]:
    """Return the rows of `numbers` that are in the log, in their order."""
    pages = (log_table.page(transaction, number - 1, 1) for number in numbers)
    return [
        row
        for number, page in zip(numbers, pages, strict=True)
        for row in page
        if row.number == number
    ]
