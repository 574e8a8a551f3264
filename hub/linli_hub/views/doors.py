"""Who came to which door when, and what the door made of it.

A door's event comes as an event, or once more with the chunk of its log that was asked for. The
table has it as often as the log does, so that an erased row takes no other's place; queries give
what has the same device, sequence, time and code once. Sequence alone would not do: a device that
has lost its store counts anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from linli_protocol import codes

from ..privacy import HOLDER, MESSAGE, Purpose
from ..privacy.catalogue import DEVICES, EVENTS, Names
from ..projections import Event, Projection
from ..storage import Transaction
from .moments import happened_us

_CODES = frozenset(DEVICES[codes.DOOR].events) - {codes.LIST_UPDATED, codes.LIST_REFUSED}
# Both can name a holder; what they are otherwise stands in docs/DEVICES.md.
_PARTS = ("subject", "detail")


@dataclass(frozen=True, slots=True)
class Passage:
    """Something that happened at a door, told in row `number` of the log.

    `holders` are those whose names may be shown: of GRANTED, those whose household's consent to
    door history is in force. `subject` and `detail` are what else the event has.
    """

    number: int
    device: int
    sequence: int
    time_us: int
    code: int
    subject: int | None
    detail: int | None
    holders: tuple[int, ...]


def passages(
    transaction: Transaction,
    device: int | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Passage]:
    """Return what happened at one door, or all, as told before the row `before`; newest first."""
    where, values = ["1 = 1"], list[Any]()
    for condition, value in (("event.device = ?", device), ("event.number < ?", before)):
        if value is not None:
            where.append(condition)
            values.append(value)
    found = transaction.query(
        "SELECT event.number, event.device, event.sequence, event.time_us, event.told_us, "
        "event.code, event.subject, event.detail FROM door_events AS event "
        f"WHERE {' AND '.join(where)} AND NOT EXISTS (SELECT 1 FROM door_events AS earlier "
        "WHERE earlier.device = event.device AND earlier.sequence = event.sequence "
        "AND earlier.told_s = event.told_s AND earlier.code = event.code "
        "AND earlier.number < event.number) ORDER BY event.number DESC LIMIT ?",
        [*values, limit],
    )
    names = _names(transaction, device, [row[3] for row in found])
    return [
        Passage(
            number,
            door,
            sequence,
            told_us,
            code,
            subject,
            detail,
            tuple(
                holder
                for holder, given in names.get((door, sequence, time_us), ())
                if given or EVENTS[code].subject.consent is None
            ),
        )
        for number, door, sequence, time_us, told_us, code, subject, detail in found
    ]


def _names(
    transaction: Transaction, device: int | None, times_us: Sequence[int]
) -> dict[tuple[int, int, int], list[tuple[int, bool]]]:
    """Return who is named by events, and whether that household's door history may be shown."""
    if not times_us:
        return {}
    where, values = "", [Purpose.DOOR_HISTORY, min(times_us), max(times_us)]
    if device is not None:
        where = "AND name.device = ? "
        values.append(device)
    found = transaction.query(
        "SELECT name.device, name.sequence, name.time_us, name.holder, consents.given "
        "FROM door_names AS name LEFT JOIN consents ON consents.household = name.household "
        "AND consents.purpose = ? WHERE name.time_us >= ? AND name.time_us <= ? "
        f"{where}ORDER BY name.part DESC, name.number",
        values,
    )
    names: dict[tuple[int, int, int], list[tuple[int, bool]]] = {}
    for door, sequence, time_us, holder, given in found:
        # Records of one event have one time.
        names.setdefault((door, sequence, time_us), []).append((holder, given == 1))
    return names


def _apply(transaction: Transaction, happened: Sequence[Event]) -> None:
    told: list[Event] = []
    for event in happened:
        body = event.body
        if event.kind == HOLDER:
            _enter(transaction, told)
            told = []
        if event.kind == HOLDER and body["household"] is None:
            transaction.execute("DELETE FROM door_holders WHERE holder = ?", [body["holder"]])
        elif event.kind == HOLDER:
            transaction.execute(
                "INSERT INTO door_holders (holder, household, data_key) VALUES (?, ?, ?) "
                "ON CONFLICT (holder) DO UPDATE SET household = excluded.household, "
                "data_key = excluded.data_key",
                [body["holder"], body["household"], event.key],
            )
        elif event.kind == MESSAGE and body["message"] == "event":
            told.append(event)
    _enter(transaction, told)


def _enter(transaction: Transaction, told: Iterable[Event]) -> None:
    names: list[tuple[Any, ...]] = []
    events: list[tuple[Any, ...]] = []
    for event in told:
        body = event.body
        # A name that another household's key protects comes apart from its event.
        code = body.get("code")
        if code is not None and code not in _CODES:
            continue
        named = [
            part
            for part in _PARTS
            if part in body and (code is None or _uses(code)[part] is Names.HOLDER)
        ]
        fixed = event.number, event.device, body["sequence"]
        names += [
            (*fixed, event.time_us, part, body[part], body[part], event.key) for part in named
        ]
        if code is not None:
            times_us = event.time_us, happened_us(event)
            other = [None if part in named else body.get(part) for part in _PARTS]
            events.append((*fixed, body["time"], *times_us, code, *other, event.key))
    transaction.execute_all(
        "INSERT INTO door_names "
        "(number, device, sequence, time_us, part, holder, household, data_key) VALUES "
        "(?, ?, ?, ?, ?, ?, (SELECT household FROM door_holders WHERE holder = ?), ?)",
        names,
    )
    transaction.execute_all(
        "INSERT INTO door_events (number, device, sequence, told_s, time_us, told_us, code, "
        "subject, detail, data_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        events,
    )


def _uses(code: int) -> dict[str, Names]:
    event = EVENTS[code]
    return {"subject": event.subject.names, "detail": event.detail.names}


DOORS = Projection(
    "doors",
    1,
    {
        "door_events": "number BIGINT NOT NULL UNIQUE, device BIGINT NOT NULL, "
        "sequence BIGINT NOT NULL, told_s BIGINT NOT NULL, time_us BIGINT NOT NULL, "
        "told_us BIGINT NOT NULL, code BIGINT NOT NULL, subject BIGINT, detail BIGINT, "
        "data_key BIGINT NOT NULL, PRIMARY KEY (device, sequence, told_s, code, number)",
        "door_names": "number BIGINT NOT NULL, device BIGINT NOT NULL, sequence BIGINT NOT NULL, "
        "time_us BIGINT NOT NULL, part TEXT NOT NULL, holder BIGINT NOT NULL, household BIGINT, "
        "data_key BIGINT NOT NULL, PRIMARY KEY (time_us, number, part)",
        "door_holders": "holder BIGINT PRIMARY KEY, household BIGINT NOT NULL, "
        "data_key BIGINT NOT NULL",
    },
    _apply,
    sealed=("door_events", "door_names", "door_holders"),
)
"""Tables `door_events`, `door_names` (with the household that the holder was of at that time), and
`door_holders`, of which that is known. `time_us` is the log's time, `told_us` the device's."""
