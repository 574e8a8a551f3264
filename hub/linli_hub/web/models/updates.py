"""Update campaigns."""

from typing import Self

from pydantic import Field

from ...desk.updates import Update as Found
from .base import Model, address_text


class Update(Model):
    """A campaign that brings a version to devices of a kind."""

    number: int
    kind: str
    version: int
    bundle: str = Field(description="The SM3 of the bundle.")
    by: str
    begun_us: int
    ended_us: int | None
    ended_by: str | None
    fates: dict[str, str] = Field(description="How far each device is; none when it has ended.")
    stopped: bool = Field(description="Too many devices have failed for more to be tried.")
    trouble: str | None

    @classmethod
    def of(cls, found: Found) -> Self:
        """Return what is told of a campaign."""
        return cls(
            number=found.number,
            kind=found.kind,
            version=found.version,
            bundle=found.bundle,
            by=found.by,
            begun_us=found.begun_us,
            ended_us=found.ended_us,
            ended_by=found.ended_by,
            fates={address_text(device): fate.value for device, fate in found.fates.items()},
            stopped=found.stopped,
            trouble=found.trouble,
        )


class Begun(Model):
    """A campaign that has begun."""

    number: int
