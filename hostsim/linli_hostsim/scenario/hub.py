"""The edge hub of a scenario."""

from typing import Literal, Self

from pydantic import Field, model_validator

from .table import Table


class Hub(Table):
    """The edge hub and the centre behind it, which acknowledges receipt of an alarm at once."""

    processing_ms: float = Field(
        default=1.0,
        ge=0,
        le=10_000,
        description="For each packet. Assumption: opened, stored, answered.",
    )
    processing: Literal["constant", "exponential"] = Field(
        default="constant",
        description="How long each packet takes: always `processing_ms`, or that on average. "
        "Assumption: packets are much alike.",
    )
    servers: int = Field(
        default=1,
        ge=1,
        le=1024,
        description="Packets processed at a time. Assumption: one core.",
    )
    queue_packets: int = Field(
        default=10_000,
        ge=1,
        le=10_000_000,
        description="Uplinks that wait, alarms first. Assumption: more than thousands of devices "
        "have under way.",
    )
    answer_median_s: float = Field(
        default=20.0,
        gt=0,
        le=3600,
        description="Alarm received to `help is coming`, log-normal. Assumption.",
    )
    answer_p975_s: float = Field(
        default=60.0,
        gt=0,
        le=7200,
        description="What 97.5 % of answers stay under. Source: TSA service standard, recalled.",
    )
    close_min: float = Field(
        default=30.0,
        gt=0,
        le=10_080,
        description="Answer to `closed`. Source: 2025 feasibility study, drills.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.answer_p975_s <= self.answer_median_s:
            raise ValueError("answer_p975_s must be above answer_median_s")
        return self
