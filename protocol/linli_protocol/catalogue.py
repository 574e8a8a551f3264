"""The catalogue of messages with names and types spelled out, for hosts; boards read `messages`."""

from typing import NamedTuple

from . import messages


class Field(NamedTuple):
    """What a field of a message holds, and the bounds of its value or of its length."""

    holds: type[int] | type[bytes]
    least: int
    greatest: int


class Kind(NamedTuple):
    """A row of the catalogue. The keys of `fields` count from 1; `required` are the first so many.

    `long_tag` tells of the 16-byte tag, `reliable` of acknowledgement and retransmission.
    """

    name: str
    direction: int
    priority: int
    required: int
    fields: dict[str, Field]
    long_tag: bool
    reliable: bool


def _field(type_: int) -> Field:
    if type_ < 0:
        return Field(int, type_, -type_)
    if type_ < messages.NONCE_LENGTH:
        return Field(int, 0, (1 << 8 * type_) - 1)
    return Field(bytes, type_ if type_ == messages.NONCE_LENGTH else 0, type_)


def _kind(kind: int, name: str) -> Kind:
    flags, required, *fields = messages.CATALOGUE[kind]
    return Kind(
        name=name,
        direction=flags & messages.BOTH,
        priority=flags & messages.PRIORITY,
        required=required,
        fields=dict(zip(fields[::2], map(_field, fields[1::2]), strict=True)),
        long_tag=bool(flags & messages.LONG_TAG),
        reliable=bool(flags & messages.RELIABLE),
    )


KINDS = {
    kind: _kind(kind, name)
    for kind, name in {
        messages.JOIN_REQUEST: "join-request",
        messages.JOIN_ACCEPT: "join-accept",
        messages.ACKNOWLEDGEMENT: "acknowledgement",
        messages.HELLO: "hello",
        messages.READING: "reading",
        messages.READINGS: "readings",
        messages.EVENT: "event",
        messages.ALARM: "alarm",
        messages.HEALTH: "health",
        messages.LOG_CHUNK: "log-chunk",
        messages.RESULT: "result",
        messages.UPDATE_STATUS: "update-status",
        messages.MEASUREMENT: "measurement",
        messages.ALARM_STATUS: "alarm-status",
        messages.COMMAND: "command",
        messages.ACCESS_LIST: "access-list",
        messages.TIME: "time",
        messages.LOG_REQUEST: "log-request",
        messages.UPDATE: "update",
        messages.DECOMMISSION: "decommission",
    }.items()
}
