"""The IP paths of a scenario: to devices, and behind gateways."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from ..wifi.dcf import RATES_MBPS
from .table import Share, Table


class IpPath(Table):
    """An IP path, the same both ways."""

    bits_per_s: int = Field(
        default=100_000_000,
        ge=1_000,
        le=10**11,
        description="Assumption: 100BASE-TX.",
    )
    base_ms: float = Field(
        default=0.5,
        ge=0,
        le=10_000,
        description="Least delay. Assumption.",
    )
    jitter_ms: float = Field(
        default=0.5,
        ge=0,
        le=10_000,
        description="Mean of an exponential added to it. Assumption.",
    )
    loss: Share = Field(
        default=0.0001,
        description="Assumption: a datagram in ten thousand.",
    )
    header_bytes: int = Field(
        default=66,
        ge=0,
        le=200,
        description="Source: Ethernet with preamble and gap 38, IPv4 20, UDP 8 (RFC 894, 791, 768)",
    )
    queue_packets: int = Field(
        default=1000,
        ge=1,
        le=100_000,
        description="Assumption: Linux's default.",
    )
    store_packets: int = Field(
        default=0,
        ge=0,
        le=1_000_000,
        description="Kept at either end while the path is down, the oldest given up for more. "
        "Source: Semtech's packet forwarder keeps none, recalled.",
    )


class Wifi(IpPath):
    """Wi-Fi between a device and its access point.

    A device has a path of its own, whatever others do, unless the channel is `shared`: then
    frames take their airtime on it at `bits_per_s`, with their own headers, and the path's other
    keys mean nothing; [ethernet] leads from the access point to the hub.
    """

    bits_per_s: int = Field(
        default=6_000_000,
        ge=1_000,
        le=10**11,
        description="Source: lowest OFDM rate, IEEE 802.11-2020 17.",
    )
    base_ms: float = Field(
        default=3.0,
        ge=0,
        le=10_000,
        description="Least delay. Assumption.",
    )
    jitter_ms: float = Field(
        default=10.0,
        ge=0,
        le=10_000,
        description="Mean of an exponential added. Assumption: power save.",
    )
    loss: Share = Field(
        default=0.01,
        description="Assumption: after the radio's own repetitions.",
    )
    shared: bool = Field(
        default=False,
        description="The channel is shared by 802.11's rules. Assumption: no, for speed.",
    )
    devices_per_ap: int = Field(
        default=30,
        ge=1,
        le=2000,
        description="Of neighbouring buildings, with a channel of their own. Assumption.",
    )
    frame_loss: Share = Field(
        default=0.1,
        description="Each attempt, where shared. Assumption: what rate control aims at.",
    )
    attempts: int = Field(
        default=7,
        ge=1,
        le=255,
        description="Where shared. Source: IEEE 802.11-2020, dot11ShortRetryLimit; recalled.",
    )
    others_load: float = Field(
        default=0.0,
        ge=0,
        le=0.95,
        description="Of the shared channel's time, residents' own Wi-Fi. Assumption: none.",
    )
    listens_every: int = Field(
        default=10,
        ge=1,
        le=255,
        description="Beacons, of devices with a cell, where shared. Source: DTIM10, as their "
        "current in docs/POWER.md.",
    )
    restarts_h: tuple[Annotated[float, Field(ge=0, le=9000)], ...] = Field(
        default=(),
        description="When all access points restart, where shared. Assumption: never.",
    )
    restart_s: float = Field(
        default=60.0,
        gt=0,
        le=86_400,
        description="How long that takes. Assumption: a router's boot.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.shared and self.bits_per_s not in {rate * 1_000_000 for rate in RATES_MBPS}:
            rates = ", ".join(map(str, RATES_MBPS))
            raise ValueError(f"bits_per_s should be one of {rates} million where it is shared")
        return self


BACKHAULS: dict[str, dict[str, float]] = {
    "ethernet": {"bits_per_s": 100_000_000, "base_ms": 2.0, "jitter_ms": 1.0, "loss": 0.0001},
    "4g": {},
    "5g": {"bits_per_s": 30_000_000, "base_ms": 10.0, "jitter_ms": 5.0},
}
"""What differs from the defaults by kind; docs/models/backhaul.md has the sources."""


class Backhaul(IpPath):
    """The path between a LoRa gateway and the hub, of a `kind` that sets the keys not given."""

    kind: Literal["ethernet", "4g", "5g"] = Field(
        default="4g",
        description="Fibre's Ethernet, or an operator's router. Assumption; figures of each in "
        "docs/models/backhaul.md.",
    )

    bits_per_s: int = Field(
        default=10_000_000,
        ge=1_000,
        le=10**11,
        description="Assumption: a 4G router's uplink.",
    )
    base_ms: float = Field(
        default=20.0,
        ge=0,
        le=10_000,
        description="Least delay. Assumption: 4G.",
    )
    jitter_ms: float = Field(
        default=10.0,
        ge=0,
        le=10_000,
        description="Mean of an exponential added to it. Assumption: 4G.",
    )
    loss: Share = Field(
        default=0.001,
        description="Assumption.",
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: Any) -> Any:
        # A wrong kind is reported where the key itself is checked.
        if isinstance(given, dict) and given.get("kind") in tuple(BACKHAULS):
            return BACKHAULS[given["kind"]] | given
        return given
