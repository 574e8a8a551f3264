"""The closed catalogue of messages and the table-driven codec for their bodies.

A body is one CBOR map with small unsigned integer keys. `protocol/messages.cddl` states the same
catalogue in CDDL and a test holds the two together. Keys that a decoder does not know are ignored,
so that old devices live beside new ones; a known key with a wrong type, or a missing required key,
refuses the whole body.
"""

from . import cbor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Fields

    Field = tuple[int, int, int, bool]

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

PRIORITIES = ("alarm", "command", "event", "reading", "bulk")

UP = 0
DOWN = 1
BOTH = 2

_U8 = 0xFF
_U16 = 0xFFFF
_U32 = 0xFFFFFFFF
_S32 = 0x7FFFFFFF

# Field types. A limit follows: the greatest value, the greatest magnitude, the greatest length,
# the length.
UNSIGNED = 0
SIGNED = 1
BYTES = 2
FIXED = 3

NONCE_LENGTH = 8
CHUNK_LIMIT = 768


class MessageError(ValueError):
    """A body, or the fields for one, that the catalogue does not allow."""


class Kind:
    """One row of the catalogue.

    `fields` maps a name to (key, type, limit, required). `long_tag` asks for the 16-byte tag,
    `reliable` for acknowledgement and retransmission.
    """

    def __init__(
        self,
        name: str,
        direction: int,
        priority: int,
        fields: "dict[str, Field]",
        long_tag: bool = False,
        reliable: bool = True,
    ) -> None:
        self.name = name
        self.direction = direction
        self.priority = priority
        self.fields = fields
        self.long_tag = long_tag
        self.reliable = reliable
        # In the order of the keys, as deterministic CBOR has them; MicroPython's dict has no order.
        self.ordered = sorted(fields.items(), key=lambda item: item[1][0])
        self.by_key = {field[0]: (label, field) for label, field in self.ordered}
        self.required = tuple([label for label, field in self.ordered if field[3]])


CATALOGUE = {
    JOIN_REQUEST: Kind(
        "join-request",
        UP,
        URGENT,
        {
            "nonce": (1, FIXED, NONCE_LENGTH, True),
            "device_kind": (2, UNSIGNED, _U8, True),
        },
        long_tag=True,
        reliable=False,
    ),
    JOIN_ACCEPT: Kind(
        "join-accept",
        DOWN,
        URGENT,
        {
            "nonce": (1, FIXED, NONCE_LENGTH, True),
            "epoch": (2, UNSIGNED, 0xFFFFFF, True),
            "time": (3, UNSIGNED, _U32, True),
            "utc_offset_min": (4, SIGNED, 1440, True),
        },
        long_tag=True,
        reliable=False,
    ),
    ACKNOWLEDGEMENT: Kind(
        "acknowledgement",
        BOTH,
        URGENT,
        {"ids": (1, BYTES, 64, False), "held": (2, BYTES, 64, False)},
        reliable=False,
    ),
    HELLO: Kind(
        "hello",
        UP,
        CONTROL,
        {
            "device_kind": (1, UNSIGNED, _U8, True),
            "firmware": (2, UNSIGNED, _U32, True),
            "boots": (3, UNSIGNED, _U32, True),
            "reset_cause": (4, UNSIGNED, _U8, True),
            "list_version": (5, UNSIGNED, _U32, False),
        },
    ),
    READING: Kind(
        "reading",
        UP,
        REPORT,
        {
            "time": (1, UNSIGNED, _U32, True),
            "volume_l": (2, UNSIGNED, _U32, True),
            "flags": (3, UNSIGNED, _U8, True),
            "battery_mv": (4, UNSIGNED, _U16, False),
            "reverse_l": (5, UNSIGNED, _U32, False),
        },
    ),
    READINGS: Kind(
        "readings",
        UP,
        REPORT,
        {
            "time": (1, UNSIGNED, _U32, True),
            "volume_l": (2, UNSIGNED, _U32, True),
            "deltas": (3, BYTES, 255, True),
            "interval_s": (4, UNSIGNED, _U32, False),
        },
    ),
    EVENT: Kind(
        "event",
        UP,
        NOTICE,
        {
            "sequence": (1, UNSIGNED, _U32, True),
            "time": (2, UNSIGNED, _U32, True),
            "code": (3, UNSIGNED, _U8, True),
            "subject": (4, UNSIGNED, _U32, False),
            "detail": (5, UNSIGNED, _U32, False),
        },
    ),
    ALARM: Kind(
        "alarm",
        UP,
        URGENT,
        {
            "incident": (1, UNSIGNED, _U32, True),
            "time": (2, UNSIGNED, _U32, True),
            "cause": (3, UNSIGNED, _U8, True),
            "presses": (4, UNSIGNED, _U8, False),
        },
    ),
    HEALTH: Kind(
        "health",
        UP,
        REPORT,
        {
            "time": (1, UNSIGNED, _U32, True),
            "uptime_s": (2, UNSIGNED, _U32, True),
            "battery_mv": (3, UNSIGNED, _U16, False),
            "temperature_c": (4, SIGNED, 127, False),
            "rssi_dbm": (5, SIGNED, 200, False),
            "refused": (6, UNSIGNED, _U32, False),
            "dropped": (7, UNSIGNED, _U32, False),
        },
    ),
    LOG_CHUNK: Kind(
        "log-chunk",
        UP,
        BULK,
        {
            "log": (1, UNSIGNED, _U8, True),
            "first": (2, UNSIGNED, _U32, True),
            "records": (3, BYTES, CHUNK_LIMIT, True),
        },
    ),
    RESULT: Kind(
        "result",
        UP,
        CONTROL,
        {
            "id": (1, UNSIGNED, _U32, True),
            "status": (2, UNSIGNED, _U8, True),
            "detail": (3, UNSIGNED, _U32, False),
        },
    ),
    UPDATE_STATUS: Kind(
        "update-status",
        UP,
        BULK,
        {
            "image": (1, UNSIGNED, _U32, True),
            "offset": (2, UNSIGNED, _U32, True),
            "state": (3, UNSIGNED, _U8, True),
        },
    ),
    MEASUREMENT: Kind(
        "measurement",
        UP,
        REPORT,
        {
            "time": (1, UNSIGNED, _U32, True),
            "quantity": (2, UNSIGNED, _U8, True),
            "value": (3, SIGNED, _S32, True),
            "channel": (4, UNSIGNED, _U8, False),
        },
    ),
    ALARM_STATUS: Kind(
        "alarm-status",
        DOWN,
        URGENT,
        {"incident": (1, UNSIGNED, _U32, True), "state": (2, UNSIGNED, _U8, True)},
    ),
    COMMAND: Kind(
        "command",
        DOWN,
        CONTROL,
        {
            "id": (1, UNSIGNED, _U32, True),
            "expires": (2, UNSIGNED, _U32, True),
            "operation": (3, UNSIGNED, _U8, True),
            "argument": (4, UNSIGNED, _U32, False),
        },
        long_tag=True,
    ),
    ACCESS_LIST: Kind(
        "access-list",
        DOWN,
        BULK,
        {
            "base": (1, UNSIGNED, _U32, True),
            "version": (2, UNSIGNED, _U32, True),
            "changes": (3, BYTES, CHUNK_LIMIT, True),
        },
        long_tag=True,
    ),
    TIME: Kind(
        "time",
        DOWN,
        CONTROL,
        {
            "time": (1, UNSIGNED, _U32, True),
            "utc_offset_min": (2, SIGNED, 1440, True),
            "next_change": (3, UNSIGNED, _U32, False),
            "next_offset_min": (4, SIGNED, 1440, False),
        },
        reliable=False,
    ),
    LOG_REQUEST: Kind(
        "log-request",
        DOWN,
        BULK,
        {
            "log": (1, UNSIGNED, _U8, True),
            "first": (2, UNSIGNED, _U32, True),
            "count": (3, UNSIGNED, _U16, True),
        },
    ),
    UPDATE: Kind(
        "update",
        DOWN,
        BULK,
        {
            "image": (1, UNSIGNED, _U32, True),
            "offset": (2, UNSIGNED, _U32, True),
            "total": (3, UNSIGNED, _U32, True),
            "data": (4, BYTES, CHUNK_LIMIT, True),
        },
        long_tag=True,
    ),
    DECOMMISSION: Kind(
        "decommission",
        DOWN,
        CONTROL,
        {
            "id": (1, UNSIGNED, _U32, True),
            "expires": (2, UNSIGNED, _U32, True),
            "device": (3, UNSIGNED, _U32, True),
        },
        long_tag=True,
    ),
}


def _check(kind_name: str, label: str, field: "Field", value: object) -> None:
    _, value_type, limit, _ = field
    if value_type == UNSIGNED and type(value) is int:
        good = 0 <= value <= limit
    elif value_type in (BYTES, FIXED):
        good = isinstance(value, (bytes, bytearray)) and (
            len(value) == limit if value_type == FIXED else len(value) <= limit
        )
    else:
        good = value_type == SIGNED and type(value) is int and -limit <= value <= limit
    if not good:
        raise MessageError(kind_name + "." + label + ": wrong type or out of range")


def encode(kind: int, fields: "Fields") -> bytes:
    """Return the body of a message of `kind` with the given fields by name; None leaves one out.

    MessageError names the field that is unknown, missing, of a wrong type or out of range.
    """
    row = CATALOGUE[kind]
    parts = []
    for label, field in row.ordered:
        value = fields.get(label)
        if value is None:
            if field[3]:
                raise MessageError(row.name + "." + label + ": missing")
            continue
        _check(row.name, label, field, value)
        parts.append(bytes((field[0],)) + cbor.encode(value))
    for label in fields:
        if label not in row.fields:
            raise MessageError(row.name + "." + label + ": no such field")
    return bytes((0xA0 | len(parts),)) + b"".join(parts)


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
    for key, value in pairs.items():
        known = row.by_key.get(key)
        if known is None:
            continue
        label, field = known
        _check(row.name, label, field, value)
        fields[label] = value
    for label in row.required:
        if label not in fields:
            raise MessageError(row.name + "." + label + ": missing")
    return fields
