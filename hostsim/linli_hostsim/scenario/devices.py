"""The devices of a community."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from linli_firmware.apps import door, meter, panic

from .table import Table

DeviceKind = Literal["door", "meter", "panic"]
BearerName = Literal["lora", "nbiot", "rs485", "ethernet", "wifi", "ble"]

APP_DEFAULTS: dict[DeviceKind, dict[str, Any]] = {
    "door": door.DEFAULTS,
    "meter": meter.DEFAULTS,
    "panic": panic.DEFAULTS,
}


def _distinct(bearers: tuple[BearerName, ...]) -> tuple[BearerName, ...]:
    if not bearers:
        raise ValueError("names no bearer")
    if len(set(bearers)) < len(bearers):
        raise ValueError("names a bearer twice")
    return bearers


Ways = Annotated[tuple[BearerName, ...], AfterValidator(_distinct)]


class Devices(Table):
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
        le=10_000_000,
        description="Either this or `per_100_households`.",
    )
    bearers: Ways = Field(description="In order of preference.")
    fidelity: Literal["auto", "twin", "cohort"] = Field(
        default="auto",
        description="twin: each device runs its code. cohort: arrays, for meters over LoRa alone. "
        "Assumption: auto, a cohort where it can be one and the community has more than 10,000 "
        "devices.",
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
