"""Alarms put aside: when rows are given up, theirs become facts, sealed as they were in the log."""

import base64
import json

from ..log import Record


def encode(record: Record) -> bytes:
    """Return a record as JSON."""
    body = base64.b64encode(record.body).decode()
    return json.dumps(
        [record.time_us, record.kind, record.device, record.key, body], separators=(",", ":")
    ).encode()


def decode(text: bytes) -> Record:
    """Return the record that `encode` has written."""
    time_us, kind, device, key, body = json.loads(text)
    return Record(time_us, kind, device, key, base64.b64decode(body))
