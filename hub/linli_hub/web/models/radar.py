"""The risk radar: twelve indicators, and what went wrong by grade with its clocks."""

from typing import Self

from pydantic import Field

from ...desk.radar import GradedIncident
from ...desk.radar import Radar as Seen
from ...risk.indicators import Reading
from .base import Model, address_text


class Indicator(Model):
    """An indicator of the last day; `value` is null where there is nothing to tell it from."""

    name: str
    unit: str
    value: float | None
    level: str
    amber: float = Field(description="From here on it is amber.")
    red: float = Field(description="From here on it is red.")

    @classmethod
    def of(cls, reading: Reading) -> Self:
        """Return what is told of a reading."""
        indicator = reading.indicator
        return cls(
            name=indicator.name,
            unit=indicator.unit,
            value=reading.value,
            level=reading.level.value,
            amber=indicator.amber,
            red=indicator.red,
        )


class Clock(Model):
    """A clock of an incident: it should stop at `due_us`."""

    name: str
    limit_h: float
    verdict: str = Field(description="met, missed, running or unknown")
    due_us: int | None


class Graded(Model):
    """Something that went wrong, at a device or (null) at the site."""

    grade: int
    what: str
    device: str | None
    begun_us: int | None
    ended_us: int | None = Field(description="Null while it lasts, and where nothing tells.")
    is_open: bool
    clocks: list[Clock]

    @classmethod
    def of(cls, incident: GradedIncident) -> Self:
        """Return what is told of an incident."""
        clocks = [
            Clock(
                name=clock.name,
                limit_h=clock.limit_h,
                verdict=clock.verdict.value,
                due_us=clock.due_us,
            )
            for clock in incident.clocks
        ]
        return cls(
            grade=incident.grade,
            what=incident.what,
            device=None if incident.device is None else address_text(incident.device),
            begun_us=incident.begun_us,
            ended_us=incident.ended_us,
            is_open=incident.is_open,
            clocks=clocks,
        )


class Radar(Model):
    """How risky it is at `time_us`; counts are by grade, 1 to 3."""

    time_us: int
    indicators: list[Indicator]
    open: dict[int, int] = Field(description="Incidents that last.")
    missed: dict[int, int] = Field(description="Incidents with a clock that has run out.")
    incidents: list[Graded] | None = Field(description="Null for who may not see incidents.")

    @classmethod
    def of(cls, seen: Seen) -> Self:
        """Return what is told of a radar."""
        return cls(
            time_us=seen.time_us,
            indicators=[Indicator.of(each) for each in seen.readings],
            open={int(grade): count for grade, count in seen.open.items()},
            missed={int(grade): count for grade, count in seen.missed.items()},
            incidents=(
                None if seen.incidents is None else [Graded.of(each) for each in seen.incidents]
            ),
        )
