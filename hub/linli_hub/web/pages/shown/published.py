"""The published list as a page shows it: what each kind of device sends, why, and for how long."""

from collections.abc import Iterator
from dataclasses import dataclass

from linli_protocol import words
from linli_protocol.catalogue import KINDS as MESSAGES

from ....privacy import catalogue
from ....privacy.catalogue import Device, Names, Use
from ....privacy.published import LOGS
from ....privacy.terms import Sensitivity

EVERY = "every"
"""The name of what every kind of device sends."""


@dataclass(frozen=True, slots=True)
class Row:
    """A field, event or quantity; `words` is the table of words that has its name.

    `classes` are the sensitivities, that of a place that all share second where it differs. `days`
    is None where the row of the whole message has it. `names` is whom an event names, and why.
    """

    name: str
    words: str
    why: str
    classes: tuple[str, ...] = ()
    consent: str | None = None
    days: int | None = None
    names: str = ""
    names_why: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of what is sent: "messages", "events", "quantities" or "logs"."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of device sends, and what the device is for."""

    name: str
    why: str
    tables: tuple[Table, ...]


def kinds() -> list[Kind]:
    """Return what every device sends, then what each kind does."""
    logs = Table(
        "logs",
        tuple(
            Row(LOGS[log], "log", use.why, _classes(use), use.consent, retention.days)
            for log, (use, retention) in catalogue.LOGS.items()
        ),
    )
    every = _kind(EVERY, catalogue.EVERY_DEVICE)
    return [
        Kind(every.name, every.why, (*every.tables, logs)),
        *(_kind(words.DEVICE_KINDS[code], each) for code, each in catalogue.DEVICES.items()),
    ]


def _kind(name: str, device: Device) -> Kind:
    tables = (
        Table("messages", tuple(_messages(device))),
        Table("quantities", tuple(_quantities(device))),
        Table("events", tuple(_events(device))),
    )
    return Kind(name, device.why, tuple(each for each in tables if each.rows))


def _messages(device: Device) -> Iterator[Row]:
    for kind in device.messages:
        message = catalogue.MESSAGES[kind]
        varies = any(use.why in catalogue.BY_VALUE for use in message.fields.values())
        days = None if varies else message.retention.days
        yield Row(MESSAGES[kind].name, "message", message.why, days=days)
        for field, use in message.fields.items():
            by_value = use.why in catalogue.BY_VALUE
            yield Row(field, "field", use.why, () if by_value else _classes(use), use.consent)


def _quantities(device: Device) -> Iterator[Row]:
    for quantity in device.quantities:
        use, retention = catalogue.QUANTITIES[quantity]
        yield Row(
            words.QUANTITIES[quantity],
            "quantity",
            use.why,
            _classes(use),
            use.consent,
            retention.days,
        )


def _events(device: Device) -> Iterator[Row]:
    for code in device.events:
        event = catalogue.EVENTS[code]
        named = [use for use in (event.subject, event.detail) if use.names is not Names.NOBODY]
        yield Row(
            words.EVENTS[code],
            "event",
            event.why,
            _both(event.sensitivity, event.common),
            named[0].consent if named else None,
            event.retention.days,
            named[0].names.value if named else "",
            named[0].why if named else "",
        )


def _classes(use: Use) -> tuple[str, ...]:
    return _both(use.sensitivity, use.common)


def _both(home: Sensitivity, common: Sensitivity) -> tuple[str, ...]:
    names = (home.name.lower(), common.name.lower())
    return names[:1] if home == common else names
