"""Who is let in by which doors."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints

from linli_protocol.access_list import ALWAYS

from ...desk import cards as desk
from .base import Address, Asked, Household, Model, Told

_Moment = Annotated[int, Field(ge=0, le=ALWAYS, strict=True, description="Unix s")]
_Part = Annotated[int, Field(ge=0, le=0xFFFFFFFF, strict=True)]
_Doors = Annotated[list[Address], Field(min_length=1, max_length=1000)]

Holder = Annotated[int, Field(ge=1, le=0xFFFFFFFF, description="The number that doors report.")]
"""Somebody who holds cards."""


class Held(Model):
    """What lets a holder in at a door."""

    door: Told
    token: str
    holder: int
    household: int | None = Field(description="Null: of none, such as staff.")
    valid_from: int
    valid_until: int
    schedule: int
    has_pin: bool
    current: bool | None = Field(description="Whether the door has it; null: it has not said.")

    @classmethod
    def of(cls, held: desk.Held) -> Self:
        """Return what is told of a credential."""
        return cls.model_validate(held, from_attributes=True)


class Card(Asked):
    """A Wiegand card, by the numbers printed on it."""

    bits: Literal[26, 34, 37]
    facility: _Part
    number: _Part


class NewCredential(Asked):
    """A card, a PIN or both, with which doors are to let a holder in."""

    doors: _Doors
    holder: Annotated[Holder, Field(strict=True)]
    household: Annotated[Household, Field(strict=True)] | None = None
    card: Card | None = None
    pin: Annotated[str, StringConstraints(pattern="^[0-9]{4,8}$")] | None = None
    valid_from: _Moment = 0
    valid_until: _Moment = ALWAYS
    schedule: int = Field(default=0, ge=0, le=255, strict=True)


class Revocation(Asked):
    """Whom which doors are to let in no more; null: all doors, any token."""

    holder: Annotated[Holder, Field(strict=True)]
    doors: _Doors | None = None
    token: Annotated[str, StringConstraints(pattern="^[0-9a-f]{10}$")] | None = None


class Revoked(Model):
    """How many credentials were taken back."""

    revoked: int
