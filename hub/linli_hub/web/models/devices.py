"""The site and its devices."""

from dataclasses import asdict
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints

from linli_protocol import words

from ...desk import SiteState
from ...privacy.homes import Placement as Where
from ...views.fleet import Member
from .base import Address, Asked, Household, Model, Text, Told

Kind = Literal["door", "meter", "panic", "ambient", "charger"]
"""A kind of device, as `words.DEVICE_KINDS` has it."""


class Site(Model):
    """How the site is; what the role may not see is null."""

    time_us: int
    time_zone: str = Field(description="The site's, as in the IANA database.")
    devices: dict[str, int] = Field(description="How many are served, by kind.")
    heard: int = Field(description="Devices heard in the last 25 h.")
    faulty: int = Field(description="Devices that tell of a fault.")
    open_incidents: int | None
    waiting_proposals: int | None
    troubles: dict[Literal["database", "disk", "upkeep", "uplink", "term"], str] = Field(
        description="What is wrong with the hub itself, by the part of it, and why."
    )

    @classmethod
    def of(cls, state: SiteState, time_zone: str) -> Self:
        """Return what is told of the site."""
        return cls(time_zone=time_zone, **asdict(state))


class Device(Model):
    """A device that is served, and how it is."""

    device: Told
    kind: str
    ways: list[str] = Field(description="How it is reached, the preferred way first.")
    generation: int = Field(description="Of its keys.")
    heard_us: int | None
    firmware: int | None
    boots: int | None
    battery_mv: int | None
    restarts: int | None
    update: str | None
    faults: dict[str, int] = Field(description="What is wrong, and since when in Unix µs.")
    figures: dict[str, int] = Field(description="The newest of each figure that it tells.")

    @classmethod
    def of(cls, member: Member) -> Self:
        """Return what is told of a device."""
        figures = member.figures
        return cls(
            device=member.enrolment.device,
            kind=member.enrolment.kind,
            ways=list(member.enrolment.ways),
            generation=member.enrolment.generation,
            heard_us=member.heard_us,
            firmware=figures.get("firmware"),
            boots=figures.get("boots"),
            battery_mv=figures.get("battery_mv"),
            restarts=figures.get("restarts"),
            update=words.UPDATE_STATES.get(figures.get("update_state", 0)),
            faults=dict(member.faults),
            figures=dict(figures),
        )


class Enrolment(Asked):
    """A device to be made known."""

    device: Address
    kind: Kind
    ways: list[Text] = Field(min_length=1, max_length=8)
    generation: int = Field(default=0, ge=0, le=255, strict=True)


class Placement(Model):
    """Where a device is: in a household, or (null) in a place that all share."""

    device: Told
    household: int | None
    place: str

    @classmethod
    def of(cls, where: Where) -> Self:
        """Return what is told of a placement."""
        return cls.model_validate(where, from_attributes=True)


class Placing(Asked):
    """Where a device is from now on."""

    household: Annotated[Household, Field(strict=True)] | None = None
    place: Annotated[
        str,
        StringConstraints(
            max_length=200, pattern=r"^([^/\x00-\x1f\x7f]+(/[^/\x00-\x1f\x7f]+){0,3})?$"
        ),
    ] = Field(default="", description="site/building/floor/flat", examples=["hemu/3/12/1204"])
