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

    # Flags, how many fields must be there, then names and types by turns.
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

# The flags of a kind: its priority in the lowest bits, then which way it goes, whether it is
# acknowledged and sent again until it is, and whether it takes the 16-byte tag.
PRIORITY = 7
UP = 8
DOWN = 16
BOTH = UP | DOWN
RELIABLE = 32
LONG_TAG = 64

NONCE_LENGTH = 8

# Types of fields. 1 to 4: an unsigned integer of so many bytes; below 0: an integer that far from 0
# at most; NONCE_LENGTH: so many bytes; above: bytes, so many at most.
_U8 = 1
_U16 = 2
_U24 = 3
_U32 = 4
_S8 = -127
_S32 = -0x7FFFFFFF
_DBM = -200
_MINUTES = -1440
_MARKS = 64
_DELTAS = 255
_CHUNK = 768


class MessageError(ValueError):
    """A body, or the fields for one, that the catalogue does not allow."""


# fmt: off
CATALOGUE: "dict[int, Row]" = {
    JOIN_REQUEST: (
        UP | LONG_TAG | URGENT, 2,
        "nonce", NONCE_LENGTH, "device_kind", _U8,
    ),
    JOIN_ACCEPT: (
        DOWN | LONG_TAG | URGENT, 4,
        "nonce", NONCE_LENGTH, "epoch", _U24, "time", _U32, "utc_offset_min", _MINUTES,
        "term", _U32,
    ),
    ACKNOWLEDGEMENT: (
        BOTH | URGENT, 0,
        "ids", _MARKS, "held", _MARKS,
    ),
    HELLO: (
        UP | RELIABLE | CONTROL, 4,
        "device_kind", _U8, "firmware", _U32, "boots", _U32, "reset_cause", _U8,
        "list_version", _U32,
    ),
    READING: (
        UP | RELIABLE | REPORT, 3,
        "time", _U32, "volume_l", _U32, "flags", _U8, "battery_mv", _U16, "reverse_l", _U32,
    ),
    READINGS: (
        UP | RELIABLE | REPORT, 3,
        "time", _U32, "volume_l", _U32, "deltas", _DELTAS, "interval_s", _U32,
    ),
    EVENT: (
        UP | RELIABLE | NOTICE, 3,
        "sequence", _U32, "time", _U32, "code", _U8, "subject", _U32, "detail", _U32,
    ),
    ALARM: (
        UP | RELIABLE | URGENT, 3,
        "incident", _U32, "time", _U32, "cause", _U8, "presses", _U8,
    ),
    HEALTH: (
        UP | RELIABLE | REPORT, 2,
        "time", _U32, "uptime_s", _U32, "battery_mv", _U16, "temperature_c", _S8, "rssi_dbm", _DBM,
        "refused", _U32, "dropped", _U32, "heap_free", _U32, "restarts", _U32, "damaged", _U32,
    ),
    LOG_CHUNK: (
        UP | RELIABLE | BULK, 3,
        "log", _U8, "first", _U32, "records", _CHUNK,
    ),
    RESULT: (
        UP | RELIABLE | CONTROL, 2,
        "id", _U32, "status", _U8, "detail", _U32,
    ),
    UPDATE_STATUS: (
        UP | RELIABLE | BULK, 3,
        "image", _U32, "offset", _U32, "state", _U8,
    ),
    MEASUREMENT: (
        UP | RELIABLE | REPORT, 3,
        "time", _U32, "quantity", _U8, "value", _S32, "channel", _U8,
    ),
    ALARM_STATUS: (
        DOWN | RELIABLE | URGENT, 2,
        "incident", _U32, "state", _U8,
    ),
    COMMAND: (
        DOWN | RELIABLE | LONG_TAG | CONTROL, 3,
        "id", _U32, "expires", _U32, "operation", _U8, "argument", _U32, "term", _U32,
    ),
    ACCESS_LIST: (
        DOWN | RELIABLE | LONG_TAG | BULK, 3,
        "base", _U32, "version", _U32, "changes", _CHUNK, "term", _U32,
    ),
    TIME: (
        DOWN | CONTROL, 2,
        "time", _U32, "utc_offset_min", _MINUTES, "next_change", _U32, "next_offset_min", _MINUTES,
        "ids", _MARKS, "held", _MARKS, "term", _U32,
    ),
    LOG_REQUEST: (
        DOWN | RELIABLE | BULK, 3,
        "log", _U8, "first", _U32, "count", _U16,
    ),
    UPDATE: (
        DOWN | RELIABLE | LONG_TAG | BULK, 4,
        "image", _U32, "offset", _U32, "total", _U32, "data", _CHUNK,
    ),
    DECOMMISSION: (
        DOWN | RELIABLE | LONG_TAG | CONTROL, 3,
        "id", _U32, "expires", _U32, "device", _U32, "term", _U32,
    ),
}
# fmt: on


def flags(kind: int) -> int:
    """Return the flags of a kind."""
    found: int = CATALOGUE[kind][0]
    return found


def _check(kind: int, label: str, type_: int, value: "Any") -> None:
    """Raise MessageError unless the type of the field `label` allows `value`."""
    if type_ < 0:
        good = type(value) is int and type_ <= value <= -type_
    elif type_ < NONCE_LENGTH:
        # Of a negative number bits are always left.
        good = type(value) is int and not value >> 8 * type_
    else:
        least = type_ if type_ == NONCE_LENGTH else 0
        good = isinstance(value, (bytes, bytearray)) and least <= len(value) <= type_
    if not good:
        raise _error(kind, label + ": wrong type or out of range")


def _error(kind: int, text: str) -> MessageError:
    return MessageError("message %02x: %s" % (kind, text))


def encode(kind: int, fields: "Fields") -> bytes:
    """Return the body of a message of `kind` with the given fields by name; None leaves one out.

    MessageError names the field that is unknown, missing, of a wrong type or out of range.
    """
    row = CATALOGUE[kind]
    body = bytearray(1)
    count = 0
    for key in range(1, len(row) >> 1):
        label = row[2 * key]
        value = fields.get(label)
        if value is not None:
            _check(kind, label, row[2 * key + 1], value)
            body.append(key)
            body += cbor.encode(value)
            count += 1
        elif key <= row[1]:
            raise _error(kind, label + ": missing")
        elif count == len(fields):
            break
    if count < len(fields):
        for label in fields:
            if label not in row[2:]:
                raise _error(kind, label + ": no such field")
    body[0] = 0xA0 | count
    return bytes(body)


def decode(kind: int, body: bytes) -> "Fields":
    """Return the fields of a body by name.

    MessageError when the kind is unknown, the body is not one CBOR map, a known key holds a wrong
    type or an unlawful value, or a required key is missing.
    """
    row = CATALOGUE.get(kind)
    if row is None:
        raise _error(kind, "unknown kind")
    try:
        pairs = cbor.decode(body)
    except cbor.CborError as error:
        raise _error(kind, str(error))
    if not isinstance(pairs, dict):
        raise _error(kind, "not a map")
    fields: "Fields" = {}
    for key, value in pairs.items():
        if type(key) is int and 0 < key < len(row) >> 1:
            _check(kind, row[2 * key], row[2 * key + 1], value)
            fields[row[2 * key]] = value
    for key in range(1, row[1] + 1):
        if key not in pairs:
            raise _error(kind, row[2 * key] + ": missing")
    return fields
