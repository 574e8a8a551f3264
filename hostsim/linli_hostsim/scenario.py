"""The description of a community that a run simulates, as a TOML file of these tables and keys.

Every key but those of [[devices]], `name`, `description` and `households` has a default; its
description says where the default comes from. "Assumption" marks a round figure of our own.
"""

import tomllib
from datetime import datetime
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from linli_firmware.apps import door, meter, panic

from .clockwork import MS_PER_H, US_PER_MS
from .hub.updates import Pace
from .lora.gateway import DEMODULATORS
from .lora.path_loss import LogDistance
from .rs485 import TURNAROUND_US
from .scenario_errors import NoScenarioError, ScenarioError, explain

DeviceKind = Literal["door", "meter", "panic"]
BearerName = Literal["lora", "rs485", "ethernet", "wifi"]
Share = Annotated[float, Field(ge=0, le=1)]

APP_DEFAULTS: dict[DeviceKind, dict[str, Any]] = {
    "door": door.DEFAULTS,
    "meter": meter.DEFAULTS,
    "panic": panic.DEFAULTS,
}

SUFFIX = ".toml"
_PATH = LogDistance()
_PACE = Pace()
_SHIPPED = files("linli_hostsim") / "scenarios"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Site(_Table):
    """The ground the community stands on."""

    width_m: float = Field(
        default=1000.0,
        ge=50,
        le=10_000,
        description="West to east. Assumption: a large estate.",
    )
    height_m: float = Field(
        default=1000.0,
        ge=50,
        le=10_000,
        description="South to north. Assumption: a large estate.",
    )
    households_per_building: int = Field(
        default=60,
        ge=1,
        le=1000,
        description="Assumption: one staircase of 15 floors with 4 flats each.",
    )


def _distinct(bearers: tuple[BearerName, ...]) -> tuple[BearerName, ...]:
    if not bearers:
        raise ValueError("names no bearer")
    if len(set(bearers)) < len(bearers):
        raise ValueError("names a bearer twice")
    return bearers


class Devices(_Table):
    """Devices of one kind that reach the hub over the same bearers."""

    kind: DeviceKind
    per_100_households: float | None = Field(
        default=None,
        gt=0,
        le=1000,
        description="Either this or `count`.",
    )
    count: int | None = Field(
        default=None,
        ge=1,
        le=100_000,
        description="Either this or `per_100_households`.",
    )
    bearers: Annotated[tuple[BearerName, ...], AfterValidator(_distinct)] = Field(
        description="In order of preference."
    )
    app: dict[str, int | str | bool] = Field(
        default={},
        description="Settings of the device's logic, each with its source in "
        "linli_firmware.apps.<kind>.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.count is None) == (self.per_100_households is None):
            raise ValueError("needs either count or per_100_households")
        defaults = APP_DEFAULTS[self.kind]
        known = [key for key in defaults if type(defaults[key]) in (int, str, bool)]
        known.remove("device")
        for key, value in self.app.items():
            if key not in known:
                raise ValueError(f"app.{key}: unknown key; known here: {', '.join(known)}")
            if type(value) is not type(defaults[key]):
                raise ValueError(f"app.{key}: should be {type(defaults[key]).__name__}")
        return self

    def number(self, households: int) -> int:
        """Return how many devices these are among `households`."""
        if self.count is not None:
            return self.count
        assert self.per_100_households is not None
        return round(households * self.per_100_households / 100)


class Lora(_Table):
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


class Rs485(_Table):
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
    loss: Share = Field(
        default=0.0001,
        description="Frames spoilt by noise. Assumption.",
    )


class IpPath(_Table):
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


class People(_Table):
    """The residents and what they do."""

    persons_per_household: float = Field(
        default=2.6,
        gt=0,
        le=20,
        description="Source: China's census of 2020, 2.62; recalled.",
    )
    entries_per_person_day: float = Field(
        default=2.0,
        ge=0,
        le=50,
        description="Through the main door, and as many exits. Assumption.",
    )
    unknown_card_share: Share = Field(
        default=0.01,
        description="Of all cards shown. Assumption: visitors and old cards.",
    )
    litres_per_household_day: float = Field(
        default=300.0,
        ge=0,
        le=10_000,
        description="Assumption: some 115 l a person.",
    )
    leak_share: Share = Field(
        default=0.02,
        description="Of all households. Assumption.",
    )
    leak_l_per_h: float = Field(
        default=5.0,
        gt=0,
        le=1000,
        description="Assumption: a running cistern.",
    )
    presses_per_user_month: float = Field(
        default=0.5,
        ge=0,
        le=1000,
        description="Assumption: published rates of telecare services run from 0.005 to 2.8.",
    )


class Hub(_Table):
    """The edge hub and the centre behind it, which acknowledges receipt of an alarm at once."""

    processing_ms: float = Field(
        default=1.0,
        ge=0,
        le=10_000,
        description="For each packet. Assumption: opened, stored, answered.",
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


class PowerCut(_Table):
    """The power of devices of one kind fails, and comes back.

    Doors hang on the mains. A meter or a button loses power when its cell is changed or gives way;
    what a meter's wheel turns meanwhile is not counted. Hub, gateways and switches have batteries
    of their own and go on.
    """

    kind: DeviceKind
    share: Share = Field(
        default=1.0,
        description="Of the devices of this kind, drawn at random. Assumption: all.",
    )
    at_h: float = Field(
        ge=0,
        le=9000,
        description="When, since the beginning.",
    )
    off_min: float = Field(
        default=10.0,
        gt=0,
        le=100_000,
        description="How long. Assumption: somebody resets a breaker.",
    )
    in_write: bool = Field(
        default=False,
        description="Each device goes in its store's next write, which is left torn. Assumption: "
        "no, power fails at the minute.",
    )


class Update(_Table):
    """A campaign that brings new firmware to all devices of one kind."""

    kind: DeviceKind
    version: Annotated[str, StringConstraints(pattern=r"^\d{1,3}\.\d{1,3}\.\d{1,3}$")] = Field(
        default="0.2.0",
        description="Any above 0.1.0, which runs before. Assumption: the next.",
    )
    content_bytes: int = Field(
        ge=1,
        le=400_000,
        description="Of the files that change; those that do not are not sent.",
    )
    at_h: float = Field(
        default=1.0,
        ge=0,
        le=9000,
        description="When, since the beginning. Assumption: all have joined by then.",
    )
    bytes_per_s: int = Field(
        default=_PACE.bytes_per_s,
        ge=1,
        le=10**7,
        description="Bound of the whole campaign. Source: linli_hostsim.hub.updates.Pace.",
    )
    at_once: int = Field(
        default=_PACE.at_once,
        ge=1,
        le=100_000,
        description="Devices sent to at a time. Source: linli_hostsim.hub.updates.Pace.",
    )
    pilots: int = Field(
        default=_PACE.pilots,
        ge=0,
        le=1000,
        description="Updated before all others. Source: linli_hostsim.hub.updates.Pace.",
    )

    silence_h: float = Field(
        default=_PACE.silence_ms / MS_PER_H,
        gt=0,
        le=10_000,
        description="Without a word for so long a device is offered it anew; longer than sleeping "
        "devices are silent. Source: linli_hostsim.hub.updates.Pace.",
    )

    @property
    def version_number(self) -> int:
        """The version as major << 16 | minor << 8 | patch."""
        major, minor, patch = (int(part) for part in self.version.split("."))
        return major << 16 | minor << 8 | patch


class Scenario(_Table):
    """One community, and how long and from when it is simulated."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
    description: str
    seed: int = Field(
        default=1,
        ge=0,
        le=2**63 - 1,
        description="Of all randomness. Assumption: any.",
    )
    start: datetime = Field(
        default=datetime(2025, 3, 3),
        description="Local time of the beginning. Assumption: a Monday.",
    )
    utc_offset_min: int = Field(
        default=480,
        ge=-720,
        le=840,
        description="Source: China Standard Time.",
    )
    duration_h: float = Field(
        default=24.0,
        gt=0,
        le=9000,
        description="Assumption: one day.",
    )
    households: int = Field(ge=1, le=1_000_000)
    site: Site = Site()
    devices: tuple[Devices, ...]
    lora: Lora = Lora()
    rs485: Rs485 = Rs485()
    ethernet: IpPath = IpPath()
    wifi: Wifi = Wifi()
    backhaul: Backhaul = Backhaul()
    people: People = People()
    hub: Hub = Hub()
    power_cuts: tuple[PowerCut, ...] = Field(default=(), description="Assumption: none.")
    updates: tuple[Update, ...] = Field(default=(), description="Assumption: none.")

    @field_validator("start")
    @classmethod
    def _is_local(cls, start: datetime) -> datetime:
        if start.tzinfo is not None:
            raise ValueError("should be a local time without offset")
        return start

    @field_validator("devices")
    @classmethod
    def _in_canonical_order(cls, devices: tuple[Devices, ...]) -> tuple[Devices, ...]:
        if not devices:
            raise ValueError("needs at least one [[devices]] table")
        # Devices are numbered in this order, so that the order in the file means nothing.
        ordered = sorted(devices, key=lambda group: (group.kind, group.bearers))
        for one, next_one in pairwise(ordered):
            if (one.kind, one.bearers) == (next_one.kind, next_one.bearers):
                raise ValueError(f"two tables of kind {one.kind} with the same bearers")
        return tuple(ordered)

    @field_validator("updates")
    @classmethod
    def _one_of_a_kind(cls, updates: tuple[Update, ...]) -> tuple[Update, ...]:
        if len({update.kind for update in updates}) < len(updates):
            raise ValueError("two tables of one kind")
        return updates


def shipped() -> list[str]:
    """Return the names of the scenarios that come with Linli."""
    return sorted(
        entry.name.removesuffix(SUFFIX)
        for entry in _SHIPPED.iterdir()
        if entry.name.endswith(SUFFIX)
    )


def read(path_or_name: str) -> str:
    """Return the TOML text of a shipped scenario or a file; ScenarioError when there is none."""
    if path_or_name in shipped():
        return (_SHIPPED / (path_or_name + SUFFIX)).read_text(encoding="utf-8")
    try:
        return Path(path_or_name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NoScenarioError(
            f"{path_or_name}: neither a readable file ({error}) nor one of the shipped scenarios: "
            + ", ".join(shipped())
        ) from error


def parse(text: str, origin: str) -> Scenario:
    """Return the scenario that `text` describes; ScenarioError names `origin` and every mistake."""
    try:
        return Scenario.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{origin}: not TOML: {error}") from error
    except ValidationError as error:
        raise ScenarioError(explain(error, Scenario, origin)) from error


def load(path_or_name: str) -> Scenario:
    """Return the shipped scenario of that name, or the one in that file; see `read` and `parse`."""
    return parse(read(path_or_name), path_or_name)
