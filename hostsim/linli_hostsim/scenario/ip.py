"""The IP paths of a scenario: to devices, and behind gateways."""

from pydantic import Field

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


class Wifi(IpPath):
    """Wi-Fi between a device and its access point."""

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


class Backhaul(IpPath):
    """The path between a LoRa gateway and the hub."""

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
