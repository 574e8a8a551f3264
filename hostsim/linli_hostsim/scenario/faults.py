"""What fails or attacks in a scenario, at a time or at a rate."""

from typing import Literal, Self

from pydantic import Field, model_validator

from .table import Share, Table


class Fault(Table):
    """Something that happens once, or again and again at random."""

    at_h: float | None = Field(
        default=None,
        ge=0,
        le=9000,
        description="When, since the beginning. Either this or `per_month`.",
    )
    per_month: float | None = Field(
        default=None,
        gt=0,
        le=100_000,
        description="How often, at random (Poisson), in 30.44 days. Either this or `at_h`.",
    )

    @model_validator(mode="after")
    def _happens_once_or_often(self) -> Self:
        if (self.at_h is None) == (self.per_month is None):
            raise ValueError("needs either at_h or per_month")
        return self


class BackhaulOutage(Fault):
    """LoRa gateways lose the network behind them; they hear, but nobody hears of it."""

    gateway: int | None = Field(
        default=None,
        ge=0,
        le=9999,
        description="Its number, row by row from the south-west; all of them unless given.",
    )
    minutes: float = Field(
        default=60.0,
        gt=0,
        le=100_000,
        description="How long. Assumption: a base station or a fibre is mended.",
    )


class Jamming(Fault):
    """Somebody sends noise on LoRa channels."""

    channels: tuple[int, ...] | None = Field(
        default=None,
        description="Their numbers, the second window's after the last uplink channel's. All "
        "uplink channels unless given.",
    )
    east_m: float | None = Field(
        default=None,
        ge=-100_000,
        le=100_000,
        description="Where from. The middle of the site unless given.",
    )
    north_m: float | None = Field(
        default=None,
        ge=-100_000,
        le=100_000,
        description="Where from. The middle of the site unless given.",
    )
    power_dbm: float = Field(
        default=20.0,
        ge=-50,
        le=60,
        description="Radiated in each channel. Assumption: what cheap modules can do, 100 mW.",
    )
    minutes: float = Field(
        default=30.0,
        gt=0,
        le=100_000,
        description="How long. Assumption: until it is found.",
    )


class BrokenBusDevice(Fault):
    """Devices on an RS-485 bus break."""

    mode: Literal["dead", "babbling"] = Field(
        default="dead",
        description="dead: it neither answers nor hears; babbling: it sends all the time, so that "
        "no frame on its bus is whole. Assumption: the usual one.",
    )
    count: int = Field(
        default=1,
        ge=1,
        le=100_000,
        description="How many, drawn from all on buses. Assumption: one.",
    )
    minutes: float = Field(
        default=240.0,
        gt=0,
        le=1_000_000,
        description="Until it is replaced. Assumption: half a working day.",
    )


class AlarmFlood(Fault):
    """Many people press for help, as after an outage that worries them."""

    share: Share = Field(
        default=0.2,
        description="Of all buttons, drawn at random. Assumption.",
    )
    within_min: float = Field(
        default=5.0,
        gt=0,
        le=10_000,
        description="Time over which the presses are spread evenly. Assumption.",
    )


class Attack(Fault):
    """Somebody records a bearer's packets, replays them and forges others."""

    bearer: Literal["lora", "rs485", "ethernet", "wifi", "ble", "nbiot"]
    towards: Literal["hub", "devices"] = Field(
        default="hub",
        description="Whom the packets are for; over LoRa only the hub. Assumption.",
    )
    replays_per_s: float = Field(
        default=1.0,
        ge=0,
        le=10_000,
        description="Recorded packets sent again (Poisson). Assumption.",
    )
    forgeries_per_s: float = Field(
        default=1.0,
        ge=0,
        le=10_000,
        description="Packets with a recorded header, another counter and random content "
        "(Poisson). Assumption.",
    )
    minutes: float = Field(
        default=60.0,
        gt=0,
        le=1_000_000,
        description="How long. Assumption.",
    )
    spreading_factor: int = Field(
        default=7,
        ge=7,
        le=12,
        description="Over LoRa. Assumption: near a gateway.",
    )
    power_dbm: float = Field(
        default=14.0,
        ge=-50,
        le=60,
        description="Over LoRa, from the middle of the site. Assumption: as devices.",
    )

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        if (self.bearer, self.towards) == ("lora", "devices"):
            raise ValueError("towards devices over lora is not modelled")
        return self


class NodeFailure(Fault):
    """Nodes of the edge fail; they are repaired as [edge] says."""

    nodes: Literal["serving", "all"] = Field(
        default="serving",
        description="The one that serves, or all by a common cause. Assumption: one.",
    )
    minutes: float | None = Field(
        default=None,
        gt=0,
        le=1_000_000,
        description="Until the common cause is mended. As [edge] says unless given.",
    )

    @model_validator(mode="after")
    def _all_return_together(self) -> Self:
        if self.minutes is not None and self.nodes != "all":
            raise ValueError('minutes needs nodes = "all"')
        return self


class Faults(Table):
    """Everything that goes wrong, besides [[power_cuts]]."""

    backhaul: tuple[BackhaulOutage, ...] = Field(default=(), description="Assumption: none.")
    jamming: tuple[Jamming, ...] = Field(default=(), description="Assumption: none.")
    bus_devices: tuple[BrokenBusDevice, ...] = Field(default=(), description="Assumption: none.")
    alarm_floods: tuple[AlarmFlood, ...] = Field(default=(), description="Assumption: none.")
    attacks: tuple[Attack, ...] = Field(default=(), description="Assumption: none.")
    nodes: tuple[NodeFailure, ...] = Field(default=(), description="Assumption: none.")
