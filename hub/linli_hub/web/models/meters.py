"""What meters tell."""

from typing import Self

from pydantic import Field

from ...views.meters import Meter as Found
from ...views.meters import Use as Used
from .base import Model, Told

_US = 1_000_000


class Meter(Model):
    """What a meter showed last."""

    device: Told
    time_us: int
    volume_l: float
    conditions: dict[str, int] = Field(description="What is wrong, and since when in Unix µs.")

    @classmethod
    def of(cls, found: Found) -> Self:
        """Return what is told of a meter."""
        return cls(
            device=found.device,
            time_us=found.time_s * _US,
            volume_l=found.volume_ml / 1000,
            conditions=dict(found.conditions),
        )


class Use(Model):
    """What was used from `begin_us` to `end_us`."""

    begin_us: int
    end_us: int
    volume_l: float

    @classmethod
    def of(cls, used: Used) -> Self:
        """Return what is told of a use."""
        return cls(
            begin_us=used.begin_s * _US, end_us=used.end_s * _US, volume_l=used.volume_ml / 1000
        )
