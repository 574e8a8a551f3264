"""Write the names and words of the protocol for tools/wireshark/linli.lua."""

import json
from pathlib import Path

from linli_protocol import catalogue, messages
from linli_protocol import words as protocol_words
from linli_protocol.stream import SEQUENCE_BITS
from linli_tools import words
from linli_tools.capture.link_type import BEARERS

OUTPUT = Path(__file__).parents[1] / "wireshark/linli_names.lua"
HEAD = "-- Written by `make wireshark` from the catalogue of messages; not to be edited.\n"

Value = bool | int | str | dict[int, "Value"] | dict[str, "Value"] | list["Value"]


def tables() -> dict[str, Value]:
    """Return the tables by name: kinds and fields by number, words by field and value."""
    rows = catalogue.KINDS.items()
    up, down = messages.UP, messages.DOWN
    return {
        "kinds": {kind: row.name for kind, row in rows},
        "only_up": {kind: True for kind, row in rows if row.direction == up},
        "only_down": {kind: True for kind, row in rows if row.direction == down},
        "long_tag": {kind: True for kind, row in rows if row.long_tag},
        "required": {kind: row.required for kind, row in rows},
        "fields": {kind: dict(enumerate(row.fields, start=1)) for kind, row in rows},
        "types": _types(),
        "marks": dict.fromkeys(catalogue.KINDS[messages.ACKNOWLEDGEMENT].fields, True),
        "times": dict.fromkeys(words.TIMES, True),
        "offsets": dict.fromkeys(words.OFFSETS, True),
        "flags": [[bit, text] for bit, text in protocol_words.METER_FLAGS.items()],
        "vocabulary": {name: dict(texts) for name, texts in words.VOCABULARY.items()},
        "states": {kind: dict(texts) for kind, texts in words.STATES.items()},
        "priorities": dict(protocol_words.PRIORITIES),
        "sequence_bits": SEQUENCE_BITS,
        "bearers": {number: name for name, number in BEARERS.items()},
    }


def text() -> str:
    """Return the Lua file."""
    return f"{HEAD}return {_lua(tables(), '')}\n"


def _types() -> dict[str, Value]:
    """Return "uint", "int" or "bytes" by field; a name is of one type in all messages."""
    types: dict[str, Value] = {}
    for row in catalogue.KINDS.values():
        for name, (holds, least, _) in row.fields.items():
            found = "bytes" if holds is bytes else "int" if least < 0 else "uint"
            assert types.setdefault(name, found) == found, f"{name}: {types[name]} and {found}"
    return types


def _lua(value: Value, indent: str) -> str:
    inner = indent + "    "
    if isinstance(value, dict):
        rows = [f"{inner}[{_lua(key, '')}] = {_lua(one, inner)},\n" for key, one in value.items()]
        return "{\n" + "".join(rows) + indent + "}"
    if isinstance(value, list):
        return "{ " + ", ".join(_lua(one, inner) for one in value) + " }"
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    OUTPUT.write_text(text(), encoding="utf-8")
