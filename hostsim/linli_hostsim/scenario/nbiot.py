"""NB-IoT in a scenario."""

from typing import Literal

from pydantic import Field

from ..nbiot.modem import ATTEMPTS, BACKOFF_S
from ..nbiot.power_saving import INACTIVITY_S
from .devices import DeviceKind
from .table import Share, Table


class Nbiot(Table):
    """NB-IoT: an operator's cell that serves the whole site, one carrier of 180 kHz."""

    mode: Literal["stand-alone", "guard-band", "in-band"] = Field(
        default="in-band",
        description="Where the carrier lies. Assumption: within LTE, as most are.",
    )
    mast_m: float = Field(
        default=500.0,
        ge=0,
        le=35_000,
        description="The mast's place north of the site's middle. Assumption: midway in a cell of "
        "TR 45.820, whose masts are 1732 m apart.",
    )
    place: Literal["outdoor", "indoor", "deep indoor", "building"] = Field(
        default="building",
        description="What walls take: nothing, 15.4 dB, 20.9 dB, or drawn for each device. Source: "
        "Monhof et al. 2018; TR 45.820 annex D, recalled.",
    )
    others_per_s: float = Field(
        default=0.0,
        ge=0,
        le=1000,
        description="Attempts of other devices in the cell, to be reckoned with on NPRACH. "
        "Assumption: none. Source of a full cell: 6.81, TR 45.820 annex E.",
    )
    attempts: int = Field(
        default=ATTEMPTS,
        ge=1,
        le=200,
        description="On NPRACH for one access. Source: a Vodafone cell, LENA-NB.",
    )
    backoff_s: float = Field(
        default=BACKOFF_S,
        ge=0,
        le=525,
        description="After a refused attempt, at most. Source: TS 36.321, table 7.2-2; its step is "
        "our choice.",
    )
    header_bytes: int = Field(
        default=28,
        ge=0,
        le=200,
        description="With each packet. Source: IPv4 20, UDP 8 (RFC 791, 768).",
    )
    loss: Share = Field(
        default=0.001,
        description="Packets lost although repeated. Assumption.",
    )
    core_ms: float = Field(
        default=10.0,
        ge=0,
        le=10_000,
        description="Base station to hub. Source: LENA-NB's example.",
    )
    inactivity_s: float = Field(
        default=INACTIVITY_S,
        gt=0,
        le=65,
        description="From the last packet to the end of a connection. Source: "
        "LoRaWAN-NBIoTEnergyModels, config.py.",
    )
    power_saving: tuple[DeviceKind, ...] = Field(
        default=("meter",),
        description="Kinds that are deaf when neither connected nor active. Assumption: a button "
        "hears that help is coming. Devices on the mains never are.",
    )
    active_s: float = Field(
        default=4.0,
        ge=0,
        le=11_160,
        description="T3324: they listen for so long after a connection, every 2.56 s. "
        "Assumption: one or two occasions for paging. Its range: TS 24.008, recalled.",
    )
    edrx_s: float = Field(
        default=20.48,
        ge=1.28,
        le=10_486,
        description="Between occasions for paging of other devices with a cell. Source: TS 24.008, "
        "10.5.5.32, recalled: the shortest eDRX cycle.",
    )
    update_h: float = Field(
        default=24.0,
        ge=0.01,
        le=9920,
        description="T3412: they call after so long without a packet. Assumption: daily.",
    )
    downlink_hold_s: float = Field(
        default=60.0,
        gt=0,
        le=86_400,
        description="The network gives up a downlink that its device did not hear. Assumption.",
    )
