"""Tables forget what was sealed under a key when the key is destroyed."""

from collections.abc import Iterable

from ..storage import Transaction
from .event import Event

ERASURE = "erasure"
RETIREMENT = "retirement"
"""The kinds of records of destroyed keys: their numbers are `keys` in the body."""
DESTRUCTIONS = frozenset({ERASURE, RETIREMENT})


def obey(transaction: Transaction, tables: Iterable[str], events: Iterable[Event]) -> None:
    """Delete the rows of `tables` whose `data_key` one of `events` says is destroyed."""
    keys = [[key] for event in events if event.kind in DESTRUCTIONS for key in event.body["keys"]]
    if keys:
        for table in tables:
            transaction.execute_all(f"DELETE FROM {table} WHERE data_key = ?", keys)
