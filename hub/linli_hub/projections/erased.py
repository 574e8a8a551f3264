"""Tables forget what was sealed under a key when the key is destroyed.

Most have an index for that. Where nearly every packet adds a row, an index costs as much as the
table: there the rows of the devices that the key sealed something of are looked through, and
`key_devices` tells which those are.
"""

from collections.abc import Iterable, Sequence

from ..storage import Transaction
from .event import Event

ERASURE = "erasure"
RETIREMENT = "retirement"
"""The kinds of records of destroyed keys: their numbers are `keys` in the body."""
DESTRUCTIONS = frozenset({ERASURE, RETIREMENT})

KEY_DEVICES = "key_devices"
"""The table of keys, and of which devices each has sealed something."""


def prepare(transaction: Transaction) -> None:
    """Make the table of keys and devices when there is none."""
    transaction.execute(
        f"CREATE TABLE IF NOT EXISTS {KEY_DEVICES} "
        "(data_key BIGINT NOT NULL, device BIGINT NOT NULL, PRIMARY KEY (data_key, device))"
    )


def index(transaction: Transaction, table: str) -> None:
    """Have the rows of `table` found by their key."""
    transaction.execute(f"CREATE INDEX IF NOT EXISTS {table}_key ON {table} (data_key)")


def note(transaction: Transaction, events: Iterable[Event]) -> None:
    """Write down of which devices the keys of `events` have sealed something."""
    transaction.execute_all(
        f"INSERT INTO {KEY_DEVICES} (data_key, device) VALUES (?, ?) "
        "ON CONFLICT (data_key, device) DO NOTHING",
        sorted({(event.key, event.device) for event in events if event.key}),
    )


def destroyed(events: Iterable[Event]) -> list[int]:
    """Return the numbers of the keys that `events` say are destroyed."""
    return [key for event in events if event.kind in DESTRUCTIONS for key in event.body["keys"]]


def clear(transaction: Transaction, table: str, keys: Sequence[int], by_device: bool) -> None:
    """Delete the rows of `table` under `keys`; `by_device`: it has no index for that."""
    if by_device:
        transaction.execute_all(
            f"DELETE FROM {table} WHERE data_key = ? "
            f"AND device IN (SELECT device FROM {KEY_DEVICES} WHERE data_key = ?)",
            [(key, key) for key in keys],
        )
    else:
        _delete(transaction, table, keys)


def forget(transaction: Transaction, keys: Sequence[int]) -> None:
    """Forget of which devices `keys` have sealed something, once all tables are cleared."""
    _delete(transaction, KEY_DEVICES, keys)


def _delete(transaction: Transaction, table: str, keys: Sequence[int]) -> None:
    transaction.execute_all(f"DELETE FROM {table} WHERE data_key = ?", [(key,) for key in keys])
