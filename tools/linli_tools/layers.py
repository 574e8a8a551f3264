"""What a decoder finds: layers, from the outside in, each with named fields and perhaps a fault."""

from dataclasses import dataclass, field

Value = int | str


@dataclass(frozen=True, slots=True)
class Field:
    """A field's value and, where people read it otherwise, the words for it; bytes are in hex."""

    name: str
    value: Value
    words: str = ""


@dataclass(slots=True)
class Layer:
    """One layer; `problem` says which rule the bytes break and where, `note` what is not known.

    `content` holds a packet's bytes, the body that a session opened, a message put together.
    """

    name: str
    fields: list[Field] = field(default_factory=list)
    problem: str | None = None
    note: str | None = None
    content: bytes = b""

    def add(self, name: str, value: Value, words: str = "") -> None:
        """Append a field."""
        self.fields.append(Field(name, value, words))

    def as_json(self) -> dict[str, object]:
        """Return the layer for JSON; what is empty is left out."""
        content = {
            "fields": {one.name: one.value for one in self.fields},
            "words": {one.name: one.words for one in self.fields if one.words},
            "note": self.note,
            "problem": self.problem,
        }
        return {"layer": self.name} | {name: value for name, value in content.items() if value}
