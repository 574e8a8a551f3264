"""A scenario: one community, and how long and from when it is simulated."""

from datetime import datetime
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from .ble import Ble
from .devices import Devices
from .disruptions import PowerCut
from .edge import Edge
from .faults import Faults
from .fidelity import obstacle
from .hub import Hub
from .ip import Backhaul, IpPath, Wifi
from .lora import Lora
from .nbiot import Nbiot
from .people import People, Site
from .plan import Plan
from .rs485 import Rs485
from .table import Table
from .updates import Update


class Scenario(Table):
    """One community, and how long and from when it is simulated."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
    description: str
    seed: int = Field(
        default=1,
        ge=0,
        le=2**63 - 1,
        description="Of all randomness. Assumption: any.",
    )
    start: datetime = Field(
        default=datetime(2025, 3, 3),
        description="Local time of the beginning. Assumption: a Monday.",
    )
    utc_offset_min: int = Field(
        default=480,
        ge=-720,
        le=840,
        description="Source: China Standard Time.",
    )
    duration_h: float = Field(
        default=24.0,
        gt=0,
        le=9000,
        description="Assumption: one day.",
    )
    households: int = Field(ge=1, le=1_000_000)
    site: Site = Site()
    devices: tuple[Devices, ...]
    lora: Lora = Lora()
    nbiot: Nbiot = Nbiot()
    rs485: Rs485 = Rs485()
    ethernet: IpPath = IpPath()
    wifi: Wifi = Wifi()
    ble: Ble = Ble()
    backhaul: Backhaul = Backhaul()
    people: People = People()
    hub: Hub = Hub()
    edge: Edge = Edge()
    power_cuts: tuple[PowerCut, ...] = Field(default=(), description="Assumption: none.")
    faults: Faults = Faults()
    updates: tuple[Update, ...] = Field(default=(), description="Assumption: none.")
    plan: Plan = Plan()

    @field_validator("start")
    @classmethod
    def _is_local(cls, start: datetime) -> datetime:
        if start.tzinfo is not None:
            raise ValueError("should be a local time without offset")
        return start

    @field_validator("devices")
    @classmethod
    def _in_canonical_order(cls, devices: tuple[Devices, ...]) -> tuple[Devices, ...]:
        if not devices:
            raise ValueError("needs at least one [[devices]] table")
        # Devices are numbered in this order, so that the order in the file means nothing.
        ordered = sorted(devices, key=_distinction)
        for one, next_one in pairwise(ordered):
            if _distinction(one) == _distinction(next_one):
                raise ValueError(f"two tables of kind {one.kind} with the same bearers and app")
        return tuple(ordered)

    @field_validator("updates")
    @classmethod
    def _one_of_a_kind(cls, updates: tuple[Update, ...]) -> tuple[Update, ...]:
        if len({update.kind for update in updates}) < len(updates):
            raise ValueError("two tables of one kind")
        return updates

    @model_validator(mode="after")
    def _cohorts_can_be(self) -> Self:
        for group in self.devices:
            reason = obstacle(self, group) if group.fidelity == "cohort" else None
            if reason is not None:
                raise ValueError(f'devices: fidelity = "cohort" of kind {group.kind}: {reason}')
        return self


def _distinction(group: Devices) -> tuple[str, tuple[str, ...], str, str]:
    return group.kind, group.bearers, group.fidelity, str(sorted(group.app.items()))
