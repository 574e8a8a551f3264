"""The JSON that goes to a broker; the schemas beside this file hold it to its word."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ...privacy import MESSAGE
from ...projections import Event
from ...views.conditions import CONDITIONS, begins
from .topics import device_id

State = dict[str, Any]

# Who did something, why, and for which household, is for the hub's auditors.
_NOT_TOLD = frozenset({"message", "by", "reason", "household"})


def kind(event: Event) -> str:
    """Return what a row is about: a message's own name, else the kind of the record."""
    return str(event.body["message"]) if event.kind == MESSAGE else event.kind


def row(event: Event) -> bytes:
    """Return a row; see schemas/row.json."""
    return encode(
        {
            "row": event.number,
            "time": _time(event),
            "kind": kind(event),
            "device": device_id(event.device) if event.device else None,
            "key": event.key,
            "body": _body(event),
        }
    )


def state(device: int, slots: Mapping[str, Event]) -> State:
    """Return what is known of a device, by the newest rows of its slots; see schemas/state.json."""
    newest = max(slots.values(), key=lambda event: event.number)
    return {
        "device": device_id(device),
        "row": newest.number,
        "time": _time(newest),
        "conditions": {
            name: begins(name, slots[name].body["code"]) for name in CONDITIONS if name in slots
        },
        "parts": {
            slot: {"row": event.number, "time": _time(event), "body": _body(event)}
            for slot, event in sorted(slots.items())
            if slot not in CONDITIONS
        },
    }


def encode(document: Any) -> bytes:
    """Return JSON without blanks."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def _body(event: Event) -> dict[str, Any]:
    return {name: value for name, value in event.body.items() if name not in _NOT_TOLD}


def _time(event: Event) -> str:
    moment = datetime.fromtimestamp(event.time_us // 1_000_000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{event.time_us % 1_000_000:06d}Z"
