"""What happened at doors."""

from typing import Self

from pydantic import Field

from linli_protocol import words

from ...views.doors import Passage as Found
from .base import Model, Told


class Passage(Model):
    """Something that happened at a door, told in row `row` of the log."""

    row: int
    time_us: int
    device: Told
    event: str
    holders: list[int] = Field(description="Those who came, if they may be named.")
    subject: int | None
    detail: int | None

    @classmethod
    def of(cls, found: Found) -> Self:
        """Return what is told of a passage."""
        return cls(
            row=found.number,
            time_us=found.time_us,
            device=found.device,
            event=words.EVENTS.get(found.code, str(found.code)),
            holders=list(found.holders),
            subject=found.subject,
            detail=found.detail,
        )
