"""Firmware that is rolled out in a scenario."""

from typing import Annotated

from pydantic import Field, StringConstraints

from linli_hub.core.updates import Pace

from ..clockwork import MS_PER_H
from .devices import DeviceKind
from .table import Table

_PACE = Pace()


class Update(Table):
    """A campaign that brings new firmware to all devices of one kind."""

    kind: DeviceKind
    version: Annotated[str, StringConstraints(pattern=r"^\d{1,3}\.\d{1,3}\.\d{1,3}$")] = Field(
        default="0.2.0",
        description="Any above 0.1.0, which runs before. Assumption: the next.",
    )
    content_bytes: int = Field(
        ge=1,
        le=400_000,
        description="Of the files that change; those that do not are not sent.",
    )
    at_h: float = Field(
        default=1.0,
        ge=0,
        le=9000,
        description="When, since the beginning. Assumption: all have joined by then.",
    )
    bytes_per_s: int = Field(
        default=_PACE.bytes_per_s,
        ge=1,
        le=10**7,
        description="Bound of the whole campaign. Source: linli_hub.core.updates.Pace.",
    )
    at_once: int = Field(
        default=_PACE.at_once,
        ge=1,
        le=100_000,
        description="Devices sent to at a time. Source: linli_hub.core.updates.Pace.",
    )
    pilots: int = Field(
        default=_PACE.pilots,
        ge=0,
        le=1000,
        description="Updated before all others. Source: linli_hub.core.updates.Pace.",
    )

    silence_h: float = Field(
        default=_PACE.silence_ms / MS_PER_H,
        gt=0,
        le=10_000,
        description="Without a word for so long a device is offered it anew; longer than sleeping "
        "devices are silent. Source: linli_hub.core.updates.Pace.",
    )

    @property
    def version_number(self) -> int:
        """The version as major << 16 | minor << 8 | patch."""
        major, minor, patch = (int(part) for part in self.version.split("."))
        return major << 16 | minor << 8 | patch
