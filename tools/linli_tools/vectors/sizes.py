"""The table of packet sizes in docs/PROTOCOL.md, measured by sealing every kind of message."""

from typing import Any

from linli_protocol import catalogue, messages, packet, words
from linli_tools.vectors.messages import SAMPLES

_DIRECTIONS = {messages.UP: "up", messages.DOWN: "down", messages.BOTH: "both"}
_HAS_CHUNK = messages.NONCE_LENGTH * 2


def packet_size(kind: int, fields: dict[str, Any]) -> int:
    """Return the length of the whole packet that carries the message, in bytes."""
    row = catalogue.KINDS[kind]
    tag = packet.LONG_TAG if row.long_tag else packet.SHORT_TAG
    number = 2 if row.reliable else 0
    return packet.HEADER_LENGTH + number + len(messages.encode(kind, fields)) + tag


def _largest(row: catalogue.Kind) -> dict[str, Any] | None:
    fields: dict[str, Any] = {}
    for name, (holds, _, greatest) in row.fields.items():
        if holds is bytes and greatest > _HAS_CHUNK:
            return None
        fields[name] = greatest if holds is int else bytes(greatest)
    return fields


def table() -> str:
    """Return the table in Markdown."""
    rows = [
        "| kind | name | direction | priority | tag | reliable | sample | at most |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for kind, fields in SAMPLES.items():
        row = catalogue.KINDS[kind]
        largest = _largest(row)
        cells = (
            f"{kind:02X}",
            row.name,
            _DIRECTIONS[row.direction],
            words.PRIORITIES[row.priority],
            "long" if row.long_tag else "short",
            "yes" if row.reliable else "no",
            f"{packet_size(kind, fields)} B",
            "–" if largest is None else f"{packet_size(kind, largest)} B",
        )
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"
