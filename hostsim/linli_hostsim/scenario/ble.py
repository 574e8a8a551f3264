"""Bluetooth Low Energy in a scenario."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from linli_firmware.bearers import ble as firmware

from .table import Share, Table


class Ble(Table):
    """BLE: gateways, wired to the hub, that connect to the devices near them and stay connected."""

    gateways: int = Field(
        default=16,
        ge=1,
        le=100_000,
        description="Spread evenly over the site. Assumption.",
    )
    connections_per_gateway: int = Field(
        default=20,
        ge=1,
        le=250,
        description="At a time. Source: Nordic's S140; ESP-IDF's NimBLE takes 9; recalled.",
    )
    advertise_ms: int = Field(
        default=firmware.DEFAULTS["advertise_ms"],
        ge=20,
        le=10_240,
        description="Between events, less the random delay of up to 10 ms. Source: "
        "linli_firmware.bearers.ble.",
    )
    scan_interval_ms: float = Field(
        default=60.0,
        ge=2.5,
        le=10_240,
        description="From channel to channel. Source: Core Specification, vol. 3 part C, appendix "
        "A, TGAP(scan_fast_interval); recalled.",
    )
    scan_window_ms: float = Field(
        default=60.0,
        ge=2.5,
        le=10_240,
        description="Listening in that. Assumption: a gateway never rests.",
    )
    connection_interval_ms: float = Field(
        default=50.0,
        ge=7.5,
        le=4_000,
        description="Between connection events. Source: Core Specification, vol. 3 part C, "
        "appendix A, TGAP(initial_conn_interval), 30 to 50 ms; recalled.",
    )
    latency: int = Field(
        default=9,
        ge=0,
        le=499,
        description="Events that a device with nothing to send may sleep through, between two. "
        "Assumption: a button is reached twice a second.",
    )
    supervision_s: float = Field(
        default=6.0,
        ge=0.1,
        le=32,
        description="A device without an event for so long knows its connection to be lost. "
        "Assumption; range: Core Specification, vol. 6 part B, 4.5.2; recalled.",
    )
    event_ms: float = Field(
        default=10.0,
        gt=0,
        le=4_000,
        description="A connection event's length at most. Assumption: others need the radio, too.",
    )
    att_mtu: int = Field(
        default=firmware.ATT_MTU,
        ge=23,
        le=517,
        description="Source: linli_firmware.bearers.ble.",
    )
    link_bytes: int = Field(
        default=251,
        ge=27,
        le=251,
        description="Data in a packet on the air. Source: Core Specification, vol. 6 part B, "
        "4.5.10, data length extension; recalled.",
    )
    loss: Share = Field(
        default=0.02,
        description="Packets on the air spoilt, each way. Assumption.",
    )
    power_dbm: float = Field(
        default=3.0,
        ge=-40,
        le=20,
        description="Devices' sending power. Source: ESP-IDF's default for ESP32, recalled.",
    )
    sensitivity_dbm: float = Field(
        default=-97.0,
        ge=-130,
        le=-70,
        description="Gateways'. Source: ESP32-C3 datasheet, LE 1M; recalled.",
    )
    margin_db: float = Field(
        default=10.0,
        ge=0,
        le=60,
        description="For fading. Assumption.",
    )
    loss_exponent: float = Field(
        default=2.8,
        ge=1,
        le=8,
        description="Tenfold, dB for each decade of distance. Source: ITU-R P.1238, residential, "
        "N = 28; recalled.",
    )
    shadowing_db: float = Field(
        default=8.0,
        ge=0,
        le=30,
        description="Standard deviation of a link's loss. Source: ITU-R P.1238, residential; "
        "recalled.",
    )
    restarts_h: tuple[Annotated[float, Field(ge=0, le=9000)], ...] = Field(
        default=(),
        description="When all gateways restart. Assumption: never.",
    )
    restart_s: float = Field(
        default=60.0,
        gt=0,
        le=86_400,
        description="How long that takes. Assumption: a small Linux computer's boot.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.scan_window_ms > self.scan_interval_ms:
            raise ValueError("scan_window_ms must not be above scan_interval_ms")
        if self.event_ms > self.connection_interval_ms:
            raise ValueError("event_ms must not be above connection_interval_ms")
        asleep_s = (1 + self.latency) * self.connection_interval_ms / 1000
        if self.supervision_s <= 2 * asleep_s:
            raise ValueError(f"supervision_s must be above {2 * asleep_s:g}, two sleeps")
        return self
