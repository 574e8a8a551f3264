"""Tables of what is newest: the rows that make up each device's state, and those of alarms.

They hold numbers of rows and nothing of what is in them.
"""

from collections.abc import Iterator, Sequence

from ..privacy import MESSAGE
from ..projections import Event, Projection
from ..registry import ENROLLED, RETIRED
from ..storage import Transaction
from ..views.conditions import AFFECTED
from .selection import is_alarm

# Messages that say how a device is, as against what it did.
_STATES = frozenset({"hello", "reading", "readings", "health"})
# A day's registers, and one asked for, both tell the meter's register.
_REGISTERS = frozenset({"reading", "readings"})


def slots(event: Event) -> Iterator[str]:
    """Yield the parts of its device's state that a row is the newest of."""
    if event.kind in (ENROLLED, RETIRED):
        yield event.kind
    if event.kind != MESSAGE:
        return
    message = event.body["message"]
    if message in _STATES:
        yield message
    if message in _REGISTERS and "volume_l" in event.body:
        yield "register"
    if message == "measurement":
        channel = event.body.get("channel")
        suffix = f".{channel}" if channel else ""
        yield f"measurement {event.body['quantity']}{suffix}"
    if message == "event":
        yield from AFFECTED.get(event.body.get("code", 0), ())


def _apply(transaction: Transaction, events: Sequence[Event]) -> None:
    newest = {(event.device, slot): event for event in events for slot in slots(event)}
    transaction.execute_all(
        "INSERT INTO newest_rows (device, slot, number, data_key) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (device, slot) DO UPDATE SET number = excluded.number, "
        "data_key = excluded.data_key",
        [(device, slot, event.number, event.key) for (device, slot), event in newest.items()],
    )
    transaction.execute_all(
        "INSERT INTO alarm_rows (number, data_key) VALUES (?, ?)",
        [(event.number, event.key) for event in events if is_alarm(event)],
    )


NEWEST = Projection(
    "northbound",
    2,
    {
        "newest_rows": "device BIGINT NOT NULL, slot TEXT NOT NULL, number BIGINT NOT NULL, "
        "data_key BIGINT NOT NULL, PRIMARY KEY (device, slot)",
        "alarm_rows": "number BIGINT PRIMARY KEY, data_key BIGINT NOT NULL",
    },
    _apply,
    sealed=("newest_rows", "alarm_rows"),
    by_device=("newest_rows",),
)
"""To be kept by the hub's Keeper whenever it has an uplink."""
