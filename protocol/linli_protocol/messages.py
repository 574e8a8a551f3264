"""The closed catalogue of messages and the table-driven codec for their bodies.

A body is one CBOR map with small unsigned integer keys. `protocol/messages.cddl` states the same
catalogue in CDDL and a test holds the two together. Keys that a decoder does not know are ignored,
so that old devices live beside new ones; a known key with a wrong type, or a missing required key,
refuses the whole body.
"""

from . import cbor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .types import Fields

    # Names and types by turns.
    Row = tuple[Any, ...]

# Message kinds, the packet's type byte.
JOIN_REQUEST = 0x01
JOIN_ACCEPT = 0x02
ACKNOWLEDGEMENT = 0x03
HELLO = 0x10
READING = 0x11
READINGS = 0x12
EVENT = 0x13
ALARM = 0x14
HEALTH = 0x15
LOG_CHUNK = 0x16
RESULT = 0x17
UPDATE_STATUS = 0x18
MEASUREMENT = 0x19
ALARM_STATUS = 0x20
COMMAND = 0x21
ACCESS_LIST = 0x22
TIME = 0x23
LOG_REQUEST = 0x24
UPDATE = 0x25
DECOMMISSION = 0x26

# Priorities, most urgent first; each is also a stream of its own in the link.
URGENT = 0
CONTROL = 1
NOTICE = 2
REPORT = 3
BULK = 4

PRIORITIES = (URGENT, CONTROL, NOTICE, REPORT, BULK)

UP = 0
DOWN = 1
BOTH = 2

NONCE_LENGTH = 8

# What a field holds, and the bounds of its value or of its length.
_U8 = (int, 0, 0xFF)
_U16 = (int, 0, 0xFFFF)
_U24 = (int, 0, 0xFFFFFF)
_U32 = (int, 0, 0xFFFFFFFF)
_S8 = (int, -127, 127)
_S32 = (int, -0x7FFFFFFF, 0x7FFFFFFF)
_DBM = (int, -200, 200)
_MINUTES = (int, -1440, 1440)
_NONCE = (bytes, NONCE_LENGTH, NONCE_LENGTH)
_MARKS = (bytes, 0, 64)
_DELTAS = (bytes, 0, 255)
_CHUNK = (bytes, 0, 768)


class MessageError(ValueError):
    """A body, or the fields for one, that the catalogue does not allow."""


class Kind:
    """One row of the catalogue.

    `fields` is a row of names, each followed by its type: what the field holds, its least and its
    greatest value or length. Their keys count from 1, and the first `required` of them must be
    there. `long_tag` asks for the 16-byte tag, `reliable` for acknowledgement and retransmission;
    most rows leave both as the class has them, which saves a board RAM.
    """

    long_tag = False
    reliable = True

    def __init__(
        self,
        name: str,
        direction: int,
        priority: int,
        required: int,
        fields: "Row",
        long_tag: bool = False,
        reliable: bool = True,
    ) -> None:
        self.name = name
        self.direction = direction
        self.priority = priority
        self.required = required
        self.fields = fields
        if long_tag:
            self.long_tag = True
        if not reliable:
            self.reliable = False


# fmt: off
CATALOGUE = {
    JOIN_REQUEST: Kind(
        "join-request", UP, URGENT, 2,
        ("nonce", _NONCE, "device_kind", _U8),
        long_tag=True, reliable=False,
    ),
    JOIN_ACCEPT: Kind(
        "join-accept", DOWN, URGENT, 4,
        ("nonce", _NONCE, "epoch", _U24, "time", _U32, "utc_offset_min", _MINUTES),
        long_tag=True, reliable=False,
    ),
    ACKNOWLEDGEMENT: Kind(
        "acknowledgement", BOTH, URGENT, 0,
        ("ids", _MARKS, "held", _MARKS),
        reliable=False,
    ),
    HELLO: Kind(
        "hello", UP, CONTROL, 4,
        ("device_kind", _U8, "firmware", _U32, "boots", _U32, "reset_cause", _U8,
         "list_version", _U32),
    ),
    READING: Kind(
        "reading", UP, REPORT, 3,
        ("time", _U32, "volume_l", _U32, "flags", _U8, "battery_mv", _U16, "reverse_l", _U32),
    ),
    READINGS: Kind(
        "readings", UP, REPORT, 3,
        ("time", _U32, "volume_l", _U32, "deltas", _DELTAS, "interval_s", _U32),
    ),
    EVENT: Kind(
        "event", UP, NOTICE, 3,
        ("sequence", _U32, "time", _U32, "code", _U8, "subject", _U32, "detail", _U32),
    ),
    ALARM: Kind(
        "alarm", UP, URGENT, 3,
        ("incident", _U32, "time", _U32, "cause", _U8, "presses", _U8),
    ),
    HEALTH: Kind(
        "health", UP, REPORT, 2,
        ("time", _U32, "uptime_s", _U32, "battery_mv", _U16, "temperature_c", _S8, "rssi_dbm", _DBM,
         "refused", _U32, "dropped", _U32, "heap_free", _U32, "restarts", _U32, "damaged", _U32),
    ),
    LOG_CHUNK: Kind(
        "log-chunk", UP, BULK, 3,
        ("log", _U8, "first", _U32, "records", _CHUNK),
    ),
    RESULT: Kind(
        "result", UP, CONTROL, 2,
        ("id", _U32, "status", _U8, "detail", _U32),
    ),
    UPDATE_STATUS: Kind(
        "update-status", UP, BULK, 3,
        ("image", _U32, "offset", _U32, "state", _U8),
    ),
    MEASUREMENT: Kind(
        "measurement", UP, REPORT, 3,
        ("time", _U32, "quantity", _U8, "value", _S32, "channel", _U8),
    ),
    ALARM_STATUS: Kind(
        "alarm-status", DOWN, URGENT, 2,
        ("incident", _U32, "state", _U8),
    ),
    COMMAND: Kind(
        "command", DOWN, CONTROL, 3,
        ("id", _U32, "expires", _U32, "operation", _U8, "argument", _U32),
        long_tag=True,
    ),
    ACCESS_LIST: Kind(
        "access-list", DOWN, BULK, 3,
        ("base", _U32, "version", _U32, "changes", _CHUNK),
        long_tag=True,
    ),
    TIME: Kind(
        "time", DOWN, CONTROL, 2,
        ("time", _U32, "utc_offset_min", _MINUTES, "next_change", _U32,
         "next_offset_min", _MINUTES),
        reliable=False,
    ),
    LOG_REQUEST: Kind(
        "log-request", DOWN, BULK, 3,
        ("log", _U8, "first", _U32, "count", _U16),
    ),
    UPDATE: Kind(
        "update", DOWN, BULK, 4,
        ("image", _U32, "offset", _U32, "total", _U32, "data", _CHUNK),
        long_tag=True,
    ),
    DECOMMISSION: Kind(
        "decommission", DOWN, CONTROL, 3,
        ("id", _U32, "expires", _U32, "device", _U32),
        long_tag=True,
    ),
}
# fmt: on


def _check(row: Kind, at: int, value: "Any") -> None:
    """Raise MessageError unless the type at `at` in the row's fields allows `value`."""
    holds, least, greatest = row.fields[at]
    if holds is int:
        good = type(value) is int and least <= value <= greatest
    else:
        good = isinstance(value, (bytes, bytearray)) and least <= len(value) <= greatest
    if not good:
        raise MessageError(row.name + "." + row.fields[at - 1] + ": wrong type or out of range")


def encode(kind: int, fields: "Fields") -> bytes:
    """Return the body of a message of `kind` with the given fields by name; None leaves one out.

    MessageError names the field that is unknown, missing, of a wrong type or out of range.
    """
    row = CATALOGUE[kind]
    body = bytearray(1)
    count = 0
    for key, at in enumerate(range(0, len(row.fields), 2), 1):
        label = row.fields[at]
        value = fields.get(label)
        if value is not None:
            _check(row, at + 1, value)
            body.append(key)
            body += cbor.encode(value)
            count += 1
        elif key <= row.required:
            raise MessageError(row.name + "." + label + ": missing")
    if count < len(fields):
        for label in fields:
            if label not in row.fields:
                raise MessageError(row.name + "." + label + ": no such field")
    body[0] = 0xA0 | count
    return bytes(body)


def decode(kind: int, body: bytes) -> "Fields":
    """Return the fields of a body by name.

    MessageError when the kind is unknown, the body is not one CBOR map, a known key holds a wrong
    type or an unlawful value, or a required key is missing.
    """
    row = CATALOGUE.get(kind)
    if row is None:
        raise MessageError("unknown message kind " + str(kind))
    try:
        pairs = cbor.decode(body)
    except cbor.CborError as error:
        raise MessageError(row.name + ": " + str(error))
    if not isinstance(pairs, dict):
        raise MessageError(row.name + ": not a map")
    fields: "Fields" = {}
    for key, at in enumerate(range(0, len(row.fields), 2), 1):
        if key in pairs:
            value = pairs[key]
            _check(row, at + 1, value)
            fields[row.fields[at]] = value
        elif key <= row.required:
            raise MessageError(row.name + "." + row.fields[at] + ": missing")
    return fields
