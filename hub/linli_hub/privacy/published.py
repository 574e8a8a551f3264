"""The published list (docs/DATA.md) of what devices send: `python -m linli_hub.privacy.published`.

It prints the list, made of the tables of `catalogue`.
"""

from collections.abc import Iterable, Iterator

from linli_protocol import codes, messages, words
from linli_protocol.catalogue import KINDS

from . import catalogue
from .catalogue import Device, Message, Names, Use
from .terms import Retention, Sensitivity

_CLASSES = {
    Sensitivity.OPEN: "open",
    Sensitivity.INTERNAL: "internal",
    Sensitivity.PERSONAL: "personal",
    Sensitivity.HEALTH: "health-like",
}
LOGS = {
    codes.HOURLY_REGISTERS: "hourly registers",
    codes.DAILY_REGISTERS: "daily registers",
    codes.MONTHLY_REGISTERS: "monthly registers",
}
"""What the logs of registers are called."""

_HOW_LONG = """\
What is personal or health-like is erased by itself once it has been kept so long, at the latest a
twelfth of that time later. What is open or internal is about no person, and stays in the log.
"""

_BEGIN = """\
# What devices send, and why

Made by `python -m linli_hub.privacy.published`; nothing else of a message is written to the log.
[PRIVACY.md](PRIVACY.md) tells how these rules are kept.

| class | who may read it |
|---|---|
| open | everybody |
| internal | those who run the site; it is about no person |
| personal | those with leave to see a household's data; sealed under the household's key |
| health-like | those who handle incidents; sealed under a key of its own |

Where two classes stand, the second one is that of a device in a place that all share. *Consent*
names what a household must have agreed to before the field is stored; without a name it is needed
for the service. In a place that all share only names need consent. A text in italics stands for
what depends on the value and has a table of its own.
"""


def document() -> str:
    """Return docs/DATA.md."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield _BEGIN
    yield from _device("Every device", catalogue.EVERY_DEVICE)
    yield "Logs are fetched on request: the events as listed here, and of a meter its registers.\n"
    yield from _table(
        ("log", "for", "class", "consent", "kept"),
        ((LOGS[log], *_use(*found)) for log, found in catalogue.LOGS.items()),
    )
    for kind, device in catalogue.DEVICES.items():
        yield from _device(words.DEVICE_KINDS[kind].capitalize(), device)
    yield "## What devices are sent\n"
    yield "The hub keeps none of these messages; its audit tells who had a command sent.\n"
    down = (kind for kind, row in KINDS.items() if not row.direction & messages.UP)
    yield from _messages(down)
    yield "## How long\n"
    yield _HOW_LONG
    terms = sorted(set(_retentions()))
    yield from _table(("kept", "source"), ((_kept(each), each.source) for each in terms))


def _device(name: str, device: Device) -> Iterator[str]:
    yield f"## {name}\n"
    yield f"{device.why[0].upper()}{device.why[1:]}.\n"
    yield from _messages(device.messages)
    if device.quantities:
        yield from _table(
            ("quantity", "for", "class", "consent", "kept"),
            (
                (words.QUANTITIES[quantity], *_use(*catalogue.QUANTITIES[quantity]))
                for quantity in device.quantities
            ),
        )
    if device.events:
        yield from _table(
            ("event", "for", "class", "names", "consent to the name", "kept"),
            map(_event, device.events),
        )


def _messages(kinds: Iterable[int]) -> Iterator[str]:
    rows = [row for kind in kinds for row in _message(KINDS[kind].name, catalogue.MESSAGES[kind])]
    if rows:
        yield from _table(("message", "field", "for", "class", "consent", "kept"), rows)


def _message(name: str, message: Message) -> Iterator[tuple[str, ...]]:
    varies = any(use.why in catalogue.BY_VALUE for use in message.fields.values())
    kept = "*below*" if varies else _kept(message.retention)
    yield f"**{name}**", "", message.why, "", "", kept
    for field, use in message.fields.items():
        if use.why in catalogue.BY_VALUE:
            yield "", field, f"*{use.why}*", "", "", ""
        else:
            yield "", field, use.why, _class(use.sensitivity, use.common), use.consent or "", ""


def _event(code: int) -> tuple[str, ...]:
    event = catalogue.EVENTS[code]
    named = [use for use in (event.subject, event.detail) if use.names is not Names.NOBODY]
    # Whoever is named, it is for the same reason and with the same consent.
    who = named[0] if named else event.subject
    return (
        words.EVENTS[code],
        event.why,
        _class(event.sensitivity, event.common),
        f"{who.names.value} ({_CLASSES[who.sensitivity]}): {who.why}" if named else "",
        who.consent or "",
        _kept(event.retention),
    )


def _use(use: Use, retention: Retention) -> tuple[str, ...]:
    return use.why, _class(use.sensitivity, use.common), use.consent or "", _kept(retention)


def _class(home: Sensitivity, common: Sensitivity) -> str:
    return _CLASSES[home] if home == common else f"{_CLASSES[home]}, {_CLASSES[common]}"


def _kept(retention: Retention) -> str:
    return f"{retention.days} d" if retention.days else "not kept"


def _retentions() -> Iterator[Retention]:
    yield from (message.retention for message in catalogue.MESSAGES.values())
    yield from (event.retention for event in catalogue.EVENTS.values())
    for _, retention in (*catalogue.QUANTITIES.values(), *catalogue.LOGS.values()):
        yield retention


def _table(names: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = tuple(names)
    yield _row(names)
    yield "|" + "---|" * len(names)
    yield from map(_row, rows)
    yield ""


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    print(document(), end="")
