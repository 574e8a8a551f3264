"""What tells one message of a device and kind from another, for the account of messages."""

from typing import Any

from linli_protocol import messages

_FIELDS = {
    messages.HELLO: "boots",
    messages.READING: "time",
    messages.READINGS: "time",
    messages.EVENT: "sequence",
    messages.ALARM: "incident",
    messages.HEALTH: "time",
    messages.LOG_CHUNK: "first",
    messages.RESULT: "id",
    messages.UPDATE_STATUS: "offset",
}


def identity(kind: int, fields: dict[str, Any]) -> int:
    """Return the field's value that identifies an uplink message among those of its kind."""
    value: int = fields[_FIELDS[kind]]
    return value
