"""LoRa in a scenario."""

from typing import Literal

from pydantic import Field

from ..lora.gateway import DEMODULATORS
from ..lora.path_loss import LogDistance
from .table import Table

_PATH = LogDistance()


class Lora(Table):
    """LoRa: the channel plan, the gateways and the way between."""

    region: Literal["CN470", "EU868"] = Field(
        default="CN470",
        description="Channel plan and limits. Source: lora/region.py, recalled.",
    )
    gateways: int = Field(
        default=1,
        ge=1,
        le=1000,
        description="Spread evenly over the site. Assumption.",
    )
    demodulators: int = Field(
        default=DEMODULATORS,
        ge=1,
        le=64,
        description="Per gateway. Source: Semtech SX1301 datasheet.",
    )
    interference: Literal["none", "goursaud", "croce"] = Field(
        default="none",
        description="What frames of other spreading factors do, and how little of a lead saves. "
        "Source: LoRaSim, ns-3 lorawan, FLoRa in this order; lora/interference.py.",
    )
    path_exponent: float = Field(
        default=_PATH.exponent,
        ge=1.5,
        le=6,
        description="Source: Bor et al. 2016.",
    )
    path_reference_m: float = Field(
        default=_PATH.reference_m,
        ge=1,
        le=1000,
        description="Source: Bor et al. 2016.",
    )
    path_reference_db: float = Field(
        default=_PATH.reference_db,
        ge=0,
        le=200,
        description="Loss at the reference distance. Source: Bor et al. 2016.",
    )
    shadowing_db: float = Field(
        default=_PATH.shadowing_db,
        ge=0,
        le=20,
        description="Source: FLoRa, LoRaLogNormalShadowing.",
    )
    margin_db: float = Field(
        default=10.0,
        ge=0,
        le=40,
        description="Kept when a spreading factor is chosen. Source: usual installation margin of "
        "LoRaWAN's adaptive data rate, recalled.",
    )
    downlink_hold_s: float = Field(
        default=60.0,
        gt=0,
        le=86_400,
        description="How long a downlink waits for its device to listen. Assumption: afterwards "
        "the hub repeats what it still needs delivered.",
    )
