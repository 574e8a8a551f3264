"""The values that all of the API's models are made of."""

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

# What a number in JSON is exact up to, in whatever language it is read (RFC 8259, 6).
_MOST = (1 << 53) - 1
_LAST_ADDRESS = 0xFFFFFFFE
_DIGITS = frozenset("0123456789abcdef")


class Model(BaseModel):
    """What is told."""

    model_config = ConfigDict(frozen=True)


class Asked(BaseModel):
    """What is asked: nothing that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def address_text(address: int) -> str:
    """Return an address as people write it."""
    return f"{address:08x}"


def _parse_address(text: Any) -> int:
    if isinstance(text, str) and len(text) == 8 and _DIGITS.issuperset(text):
        address = int(text, 16)
        if 1 <= address <= _LAST_ADDRESS:
            return address
    raise ValueError("an address is 8 hexadecimal digits in lower case, 00000001 to fffffffe")


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("text has characters that cannot be printed")
    return text


Told = Annotated[
    int,
    PlainSerializer(address_text),
    WithJsonSchema({"type": "string", "pattern": "^[0-9a-f]{8}$"}),
]
"""A device's address, told."""

Address = Annotated[
    int,
    BeforeValidator(_parse_address),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^(?!0{8}|f{8})[0-9a-f]{8}$",
            "description": "A device's address, in hexadecimal.",
            "examples": ["0000002a"],
        }
    ),
]
"""A device's address, asked for."""

Row = Annotated[int, Field(ge=1, le=_MOST)]
"""The number of a row of the log, or of a proposal."""

Before = Annotated[
    int | None, Field(ge=1, le=_MOST, description="Only what is older than this row or number.")
]
Limit = Annotated[int, Field(ge=1, le=1000, description="So many at most, the newest first.")]

Household = Annotated[int, Field(ge=0, le=_MOST, description="A household's number.")]

Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500, strip_whitespace=True),
    AfterValidator(_printable),
]
"""Words that go into the log."""

Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, strip_whitespace=True),
    AfterValidator(_printable),
]
"""A person's name."""

Password = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
