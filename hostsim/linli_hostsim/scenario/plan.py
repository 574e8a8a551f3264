"""What a plan may choose from: the levers' bounds, what they cost, and growth by year."""

from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from .devices import DeviceKind, Ways
from .table import Table


def _ascending(range_: tuple[int, int]) -> tuple[int, int]:
    if range_[0] > range_[1]:
        raise ValueError("should be [least, most]")
    return range_


Range = Annotated[tuple[int, int], AfterValidator(_ascending)]


class Year(Table):
    """A year of a roll-out."""

    year: int = Field(ge=0, le=9999)
    share: float = Field(gt=0, le=100, description="Of the devices that the scenario describes.")


class Plan(Table):
    """Bounds of what a plan chooses; what is not named here stays as the scenario has it."""

    gateways: Range = Field(
        default=(1, 64),
        description="LoRa gateways, least and most. Assumption.",
    )
    places_m: tuple[tuple[float, float], ...] | None = Field(
        default=None,
        description="Where gateways may stand, east and north. On any building unless given.",
    )
    standbys: Range = Field(
        default=(0, 3),
        description="Edge nodes besides the one that serves. Source: 2025 feasibility study, up "
        "to three.",
    )
    bearers: dict[DeviceKind, tuple[Ways, ...]] = Field(
        default={},
        description="The choices for a kind of device. Assumption: meters and buttons choose among "
        "radios, with as many ways as they have; doors are wired as they are.",
    )
    report_interval_s: tuple[Annotated[int, Field(ge=60, le=604_800)], ...] = Field(
        default=(),
        description="The choices for meters. Assumption: the one they have.",
    )
    node_mtbf_h: float = Field(
        default=8_760.0,
        gt=0,
        le=1e7,
        description="Of an edge node where edge.mtbf_h is not given. Assumption: it fails once a "
        "year.",
    )
    alarm_window_min: float = Field(
        default=60.0,
        ge=1,
        le=1440,
        description="Each button is pressed once within it when alarms are judged. Assumption: "
        "busier than any hour but that of a disaster.",
    )
    economy: dict[str, dict[str, float]] = Field(
        default={},
        description="What differs from the inputs of linli_hostsim.economy.parameters, such as "
        "[plan.economy.prices]. Each has its source there.",
    )
    growth: tuple[Year, ...] = Field(default=(), description="Assumption: none.")

    @field_validator("growth")
    @classmethod
    def _in_order(cls, growth: tuple[Year, ...]) -> tuple[Year, ...]:
        years = [each.year for each in growth]
        if years != sorted(set(years)):
            raise ValueError("years should be in their order, each once")
        return growth
