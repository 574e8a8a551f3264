"""What tells one message of a device and kind from another, for the account of messages."""

from typing import Any

from linli_protocol import messages

# No greetings: each session begins with one, and what they say is not the app's. Nor is what comes
# of updates, of which the campaign keeps its own account.
_FIELDS = {
    messages.READING: "time",
    messages.READINGS: "time",
    messages.EVENT: "sequence",
    messages.ALARM: "incident",
    messages.HEALTH: "time",
    messages.LOG_CHUNK: "first",
    messages.RESULT: "id",
}


def identity(kind: int, fields: dict[str, Any]) -> int | None:
    """Return what identifies an app's message among those of its kind, None for others."""
    name = _FIELDS.get(kind)
    value: int | None = fields[name] if name else None
    return value
