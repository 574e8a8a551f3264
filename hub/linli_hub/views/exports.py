"""Rows for a k-anonymous release: whose they are, and what is told coarser; see `anonymity`."""

from linli_protocol import codes

from ..privacy import Purpose
from ..privacy.anonymity import Row
from ..storage import Transaction

_US = 1_000_000


def readings(transaction: Transaction, begin_s: int, end_s: int) -> list[Row]:
    """Return what households used in intervals that end after `begin_s`, up to `end_s` (Unix s).

    Only of those whose consent to their profile is in force. Values: end (Unix µs), place, litres.
    """
    found = transaction.query(
        "SELECT meter_use.household, meter_use.device, meter_use.end_s, volume_ml, place "
        "FROM meter_use JOIN consents ON consents.household = meter_use.household "
        "AND consents.purpose = ? AND consents.given = 1 "
        "LEFT JOIN placements ON placements.device = meter_use.device "
        "WHERE meter_use.end_s > ? AND meter_use.end_s <= ? ORDER BY number",
        [Purpose.CONSUMPTION_PROFILE, begin_s, end_s],
    )
    # Of what was told twice the last counts.
    last = {(device, end): (household, ml, place) for household, device, end, ml, place in found}
    return [
        Row(household, (end * _US, place or "", ml // 1000))
        for (_, end), (household, ml, place) in last.items()
    ]


def passages(transaction: Transaction, begin_s: int, end_s: int) -> list[Row]:
    """Return who was let in from `begin_s` until `end_s` (Unix s): values time (Unix µs), place.

    Whoever has not consented to door history stands in no table, and counts as nobody known.
    """
    found = transaction.query(
        "SELECT event.device, event.sequence, event.told_s, event.told_us, place, "
        "(SELECT MIN(name.household) FROM door_names AS name JOIN consents "
        "ON consents.household = name.household AND consents.purpose = ? AND consents.given = 1 "
        "WHERE name.device = event.device AND name.sequence = event.sequence "
        "AND name.time_us = event.time_us) "
        "FROM door_events AS event LEFT JOIN placements ON placements.device = event.device "
        "WHERE event.code = ? AND event.told_us >= ? AND event.told_us < ? "
        "ORDER BY event.number DESC",
        [Purpose.DOOR_HISTORY, codes.GRANTED, begin_s * _US, end_s * _US],
    )
    # What was told twice is one event: the first time counts.
    first = {
        (device, sequence, told_s): (household, told_us, place)
        for device, sequence, told_s, told_us, place, household in found
    }
    return [Row(household, (told_us, place or "")) for household, told_us, place in first.values()]
