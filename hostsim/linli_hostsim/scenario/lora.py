"""LoRa in a scenario."""

from dataclasses import replace
from typing import Literal, Self

from pydantic import Field, model_validator

from ..lora import path_loss
from ..lora.gateway import DEMODULATORS
from ..lora.path_loss import LogDistance
from ..lora.region import REGIONS, Region
from .table import Table


class Lora(Table):
    """LoRa: the channel plan, the gateways and the way between."""

    region: Literal["CN470", "EU868"] = Field(
        default="CN470",
        description="Channel plan and limits. Source: lora/region.py, recalled.",
    )
    gateways: int = Field(
        default=1,
        ge=1,
        le=10_000,
        description="Spread evenly over the site unless `places_m` are given. Assumption.",
    )
    places_m: tuple[tuple[float, float], ...] | None = Field(
        default=None,
        description="East and north of each gateway, from the site's south-west corner.",
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
    sensitivity: Literal["ns3", "sx1301", "lorasim"] = Field(
        default="ns3",
        description="What gateways and devices hear. Source: ns-3 lorawan, SX1301 datasheet, "
        "LoRaSim in this order; lora/sensitivity.py.",
    )
    path_loss: Literal["bor2016", "ns3", "oulu"] = Field(
        default="bor2016",
        description="Log-distance path loss, of which the next four keys replace a figure. Source: "
        "Bor et al. 2016, ns-3 lorawan, LoRaEnergySim in this order; lora/path_loss.py.",
    )
    path_exponent: float | None = Field(
        default=None,
        ge=1.5,
        le=6,
        description="Source: that of `path_loss`.",
    )
    path_reference_m: float | None = Field(
        default=None,
        ge=1,
        le=1000,
        description="Source: that of `path_loss`.",
    )
    path_reference_db: float | None = Field(
        default=None,
        ge=0,
        le=200,
        description="Loss at the reference distance. Source: that of `path_loss`.",
    )
    shadowing_db: float | None = Field(
        default=None,
        ge=0,
        le=20,
        description="Standard deviation, 0 for none. Source: that of `path_loss`; bor2016 has "
        "FLoRa's, ns3 none.",
    )
    margin_db: float = Field(
        default=10.0,
        ge=0,
        le=40,
        description="Kept when a spreading factor is chosen. Source: usual installation margin of "
        "LoRaWAN's adaptive data rate, recalled.",
    )
    second_window: bool = Field(
        default=False,
        description="Devices listen once more, 2 s after a frame. Source: off, since this "
        "project's boards have one window (linli_firmware.bearers.lora).",
    )
    rx2_spreading_factor: int | None = Field(
        default=None,
        ge=7,
        le=12,
        description="Of the second window. Source: the region's unless given; in EU868 The Things "
        "Stack recommends 9 (frequency plan EU_863_870_TTN).",
    )
    join_spread_s: float = Field(
        default=600.0,
        ge=0,
        le=86_400,
        description="Within this everybody joins after a power cut, and at the beginning. Source: "
        "the devices' setting association.join_spread_ms; our choice for LoRa.",
    )
    door_class: Literal["A", "C"] = Field(
        default="A",
        description="C: doors, which the mains feed, listen all the time. Source: A, as this "
        "project's boards do.",
    )
    off_time: bool = Field(
        default=False,
        description="After each frame devices leave its sub-band silent, which LoRaWAN 1.0 asks "
        "for, besides the hourly budget that they always keep. Source: off, as this project's "
        "boards do.",
    )
    adr: bool = Field(
        default=False,
        description="Devices begin at the slowest data rate, which the network then adapts, with "
        "the power, to `margin_db`. Source: off, as this project's boards have a fixed rate.",
    )
    downlink_hold_s: float = Field(
        default=60.0,
        gt=0,
        le=86_400,
        description="How long a downlink waits for its device to listen. Assumption: afterwards "
        "the hub repeats what it still needs delivered.",
    )

    @model_validator(mode="after")
    def _as_many_places(self) -> Self:
        if self.places_m is not None and len(self.places_m) != self.gateways:
            raise ValueError(f"{len(self.places_m)} places_m for {self.gateways} gateways")
        return self

    @property
    def channel_plan(self) -> Region:
        """The region's, with what replaces its figures."""
        region = REGIONS[self.region]
        if self.rx2_spreading_factor is None:
            return region
        return replace(region, rx2_spreading_factor=self.rx2_spreading_factor)

    @property
    def path(self) -> LogDistance:
        """The path loss with what replaces its figures."""
        replaced = {
            "exponent": self.path_exponent,
            "reference_m": self.path_reference_m,
            "reference_db": self.path_reference_db,
            "shadowing_db": self.shadowing_db,
        }
        given = {name: value for name, value in replaced.items() if value is not None}
        return replace(path_loss.BY_NAME[self.path_loss], **given)
