"""Vectors of the message layer: a body for every kind, bodies to refuse, delta codings."""

from typing import Any

from linli_protocol import catalogue, cbor, deltas, messages

# The hourly litres of one household's day; our own figures.
DAY_L = [0, 0, 0, 0, 0, 2, 31, 24, 9, 4, 6, 12, 27, 22, 8, 5, 4, 11, 35, 48, 29, 18, 7, 1]

_TIME = 1_790_000_000

SAMPLES: dict[int, dict[str, Any]] = {
    messages.JOIN_REQUEST: {"nonce": bytes.fromhex("0102030405060708"), "device_kind": 2},
    messages.JOIN_ACCEPT: {
        "nonce": bytes.fromhex("1112131415161718"),
        "epoch": 5,
        "time": _TIME,
        "utc_offset_min": 480,
    },
    messages.ACKNOWLEDGEMENT: {"ids": bytes.fromhex("6007")},
    messages.HELLO: {
        "device_kind": 1,
        "firmware": 0x000100,
        "boots": 12,
        "reset_cause": 1,
        "list_version": 40,
    },
    messages.READING: {"time": _TIME, "volume_l": 123_456, "flags": 1, "battery_mv": 3587},
    messages.READINGS: {"time": _TIME, "volume_l": 123_456, "deltas": deltas.encode(DAY_L)},
    messages.EVENT: {"sequence": 7_001, "time": _TIME, "code": 1, "subject": 100_023},
    messages.ALARM: {"incident": 3, "time": _TIME, "cause": 1, "presses": 2},
    messages.HEALTH: {
        "time": _TIME,
        "uptime_s": 864_000,
        "battery_mv": 2_950,
        "temperature_c": -7,
        "rssi_dbm": -113,
        "refused": 4,
        "dropped": 0,
        "heap_free": 41_216,
        "restarts": 1,
        "damaged": 0,
    },
    messages.LOG_CHUNK: {"log": 2, "first": 100, "records": bytes(range(12))},
    messages.RESULT: {"id": 77, "status": 0},
    messages.UPDATE_STATUS: {"image": 0xC0FFEE, "offset": 4_096, "state": 1},
    messages.MEASUREMENT: {"time": _TIME, "quantity": 5, "value": -7_250, "channel": 1},
    messages.ALARM_STATUS: {"incident": 3, "state": 2},
    messages.COMMAND: {"id": 77, "expires": _TIME + 30, "operation": 1, "argument": 5},
    messages.ACCESS_LIST: {
        "base": 40,
        "version": 41,
        "changes": bytes.fromhex("03080bb20d7b"),
    },
    messages.TIME: {
        "time": _TIME,
        "utc_offset_min": 60,
        "next_change": _TIME + 3_000_000,
        "next_offset_min": 120,
        "ids": bytes.fromhex("6007"),
    },
    messages.LOG_REQUEST: {"log": 2, "first": 100, "count": 24},
    messages.UPDATE: {"image": 0xC0FFEE, "offset": 4_096, "total": 150_000, "data": bytes(16)},
    messages.DECOMMISSION: {"id": 78, "expires": _TIME + 3_600, "device": 0x01020304},
}

# As a site with several hubs sends them.
_OF_A_TERM = [
    (kind, {**SAMPLES[kind], "term": 3})
    for kind in SAMPLES
    if "term" in catalogue.KINDS[kind].fields
]

_BAD = (
    ("empty", b""),
    ("not a map", cbor.encode([3, 2])),
    ("a required key missing", cbor.encode({1: 3})),
    ("text where a number belongs", cbor.encode({1: "3", 2: 2})),
    ("a boolean where a number belongs", cbor.encode({1: True, 2: 2})),
    ("negative", cbor.encode({1: -1, 2: 2})),
    ("above 32 bits", cbor.encode({1: 1 << 32, 2: 2})),
    ("keys out of order", bytes.fromhex("a202020103")),
    ("a key twice", bytes.fromhex("a3010301030202")),
    ("a head longer than need be", bytes.fromhex("a20118030202")),
    ("indefinite length", bytes.fromhex("bf01030202ff")),
    ("bytes after the map", bytes.fromhex("a20103020200")),
)


def generate() -> dict[str, object]:
    """Return the content of messages.json."""
    return {
        "bodies": [
            {
                "kind": kind,
                "name": catalogue.KINDS[kind].name,
                "fields": {
                    name: value.hex() if isinstance(value, bytes) else value
                    for name, value in fields.items()
                },
                "body": messages.encode(kind, fields).hex(),
            }
            for kind, fields in [*SAMPLES.items(), *_OF_A_TERM]
        ],
        "refused": [
            {"why": why, "kind": messages.ALARM_STATUS, "body": body.hex()} for why, body in _BAD
        ],
        "deltas": [
            {"differences": differences, "coded": deltas.encode(differences).hex()}
            for differences in ([], [0], [0, 3, 4, 1, 9], DAY_L, [7] * 23 + [100_000], [2**32 - 1])
        ],
    }
