"""RS-485 in a scenario."""

from typing import Literal

from pydantic import Field

from ..clockwork import US_PER_MS
from ..rs485 import RETRIES, TIMEOUT_US, TURNAROUND_US
from .table import Share, Table


class Rs485(Table):
    """RS-485: polled buses, each with devices of neighbouring buildings."""

    baud: Literal[9600, 19200, 38400, 57600, 115200] = Field(
        default=115200,
        description="Source: fastest of the usual rates (OSDP 2.2 allows up to 230400).",
    )
    devices_per_bus: int = Field(
        default=32,
        ge=1,
        le=128,
        description="Source: TIA/EIA-485-A, 32 unit loads; recalled. An address has seven bits.",
    )
    turnaround_ms: float = Field(
        default=TURNAROUND_US / US_PER_MS,
        ge=0,
        le=200,
        description="Request to answer. Assumption; OSDP 2.2 allows 200 ms.",
    )
    timeout_ms: float = Field(
        default=TIMEOUT_US / US_PER_MS,
        ge=0,
        le=10_000,
        description="The master's patience with a dead device. Source: OSDP 2.2, 200 ms; recalled.",
    )
    retries: int = Field(
        default=RETRIES,
        ge=0,
        le=10,
        description="How often it asks a dead device again, every time. Assumption.",
    )
    loss: Share = Field(
        default=0.0001,
        description="Frames spoilt by noise. Assumption.",
    )
