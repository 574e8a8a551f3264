"""Bounds of a plan as text: gateways=4..24, standbys=0..1, panic=lora+wifi,nbiot."""

from collections.abc import Iterable
from typing import get_args

from ..experiments.settings import with_settings
from ..scenario.devices import DeviceKind
from .levers import PlanError

_RANGES = ("gateways", "standbys")
_INTERVALS = "report_interval_s"
_KINDS = get_args(DeviceKind)


def varied(scenario_toml: str, options: Iterable[str]) -> str:
    """Return the scenario's text with its [plan] bounds set by `options`; PlanError names one."""
    settings: dict[str, object] = {}
    for option in options:
        name, _, text = option.partition("=")
        try:
            if name in _RANGES:
                least, dots, most = text.partition("..")
                settings[f"plan.{name}"] = [int(least), int(most if dots else least)]
            elif name == _INTERVALS:
                settings[f"plan.{name}"] = [int(one) for one in text.split(",")]
            elif name in _KINDS and text:
                settings[f"plan.bearers.{name}"] = [one.split("+") for one in text.split(",")]
            else:
                raise ValueError
        except ValueError:
            raise PlanError(
                f"{option}: should be {' or '.join(_RANGES)}=LEAST..MOST, {_INTERVALS}=S,S or "
                f"{'/'.join(_KINDS)}=BEARER+BEARER,BEARER"
            ) from None
    return with_settings(scenario_toml, settings)
