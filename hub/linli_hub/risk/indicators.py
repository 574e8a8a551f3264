"""The twelve indicators of the risk radar, each a formula with two thresholds.

The study watches twelve in real time and names none; these are ours. All are the better the less.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from .observed import Observed

_STUDY = "2025 feasibility study"
_OURS = "assumption"


class Level(Enum):
    """What a value calls for: nothing, a look, a hand; UNKNOWN where there is nothing to judge."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    UNKNOWN = "unknown"


class ThresholdError(ValueError):
    """A threshold that does not exist or is out of order; the message names it."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """A number that warns when it is above `amber`, and alarms when it is above `red`."""

    name: str
    unit: str
    formula: str
    value: Callable[[Observed], float | None]
    amber: float
    red: float
    amber_source: str
    red_source: str

    def level(self, value: float | None) -> Level:
        """Return what `value` calls for."""
        if value is None:
            return Level.UNKNOWN
        if value > self.amber:
            return Level.RED if value > self.red else Level.AMBER
        return Level.GREEN


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _quantile(values: Sequence[float], of: float) -> float | None:
    """Return the least value that this share of all does not exceed."""
    return sorted(values)[max(math.ceil(of * len(values)) - 1, 0)] if values else None


def _answer_min(seen: Observed) -> float | None:
    slow_s = _quantile(seen.answers_s, 0.95)
    return None if slow_s is None else slow_s / 60


INDICATORS = (
    Indicator(
        "alarms_missing",
        "share",
        "alarms not at the hub 10 s after the press / alarms",
        lambda seen: _share(seen.missing, seen.alarms),
        0.0,
        0.001,
        _OURS,
        _OURS,
    ),
    Indicator(
        "alarm_delay",
        "s",
        "99th percentile of press to hub",
        lambda seen: _quantile(seen.arrivals_s, 0.99),
        2.0,
        10.0,
        f"{_STUDY}, recognised within 2 s",
        _OURS,
    ),
    Indicator(
        "answer_delay",
        "min",
        "95th percentile of press to `help is coming`",
        _answer_min,
        1.0,
        15.0,
        "TSA service standard, 97.5 % within 60 s (recalled)",
        f"{_STUDY}, on-site response 15 min",
    ),
    Indicator(
        "downtime",
        "share",
        "time without service / time",
        lambda seen: sum(seen.outages_s) / 3600 / seen.hours,
        1e-4,
        1e-3,
        f"{_STUDY}, availability 99.99 %",
        _OURS,
    ),
    Indicator(
        "longest_outage",
        "min",
        "the longest time without service",
        lambda seen: max(seen.outages_s, default=0.0) / 60,
        1.0,
        15.0,
        _OURS,
        f"{_STUDY}, recovery within 15 min",
    ),
    Indicator(
        "messages_lost",
        "share",
        "messages given up, expired or dropped / messages offered",
        lambda seen: _share(seen.lost, seen.offered),
        0.001,
        0.01,
        _OURS,
        _OURS,
    ),
    Indicator(
        "retries",
        "packets/message",
        "packets sent again / messages offered",
        lambda seen: _share(seen.retries, seen.offered),
        0.2,
        1.0,
        _OURS,
        _OURS,
    ),
    Indicator(
        "devices_silent",
        "share",
        "devices with messages of which none arrived / devices",
        lambda seen: _share(seen.silent, seen.devices),
        0.01,
        0.08,
        _OURS,
        f"{_STUDY}, 92 % of faults recognised",
    ),
    Indicator(
        "cells_low",
        "share",
        "cells that will be empty within a year / cells",
        lambda seen: _share(seen.cells_low, seen.cells),
        0.0,
        0.05,
        _OURS,
        _OURS,
    ),
    Indicator(
        "patches_overdue",
        "share",
        "devices without the new version after 72 h / devices that should have it",
        lambda seen: _share(seen.patches_overdue, seen.patches_due),
        0.0,
        0.05,
        f"{_STUDY}, weaknesses closed within 72 h",
        _OURS,
    ),
    Indicator(
        "attacks",
        "packets/h",
        "packets refused as forged, replayed or falsely joining / time",
        lambda seen: seen.attacks / seen.hours,
        1.0,
        60.0,
        _OURS,
        _OURS,
    ),
    Indicator(
        "intrusions",
        "/day, 1000 devices",
        "duress, forced doors, tampering, blocked PINs, refused consoles / time / devices",
        lambda seen: _share(seen.intrusions * 24 * 1000, seen.hours * seen.devices),
        0.5,
        5.0,
        _OURS,
        _OURS,
    ),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """An indicator with its value."""

    indicator: Indicator
    value: float | None

    @property
    def level(self) -> Level:
        """What the value calls for."""
        return self.indicator.level(self.value)


def read(seen: Observed, indicators: Sequence[Indicator] = INDICATORS) -> list[Reading]:
    """Return the value of each indicator; `seen.hours` above 0."""
    return [Reading(one, one.value(seen)) for one in indicators]


def with_thresholds(changes: Mapping[str, float]) -> tuple[Indicator, ...]:
    """Return the indicators with other thresholds, by keys such as alarm_delay.red.

    ThresholdError names a key that there is not, or a pair in which red is below amber.
    """
    found = {one.name: one for one in INDICATORS}
    for key, value in changes.items():
        name, _, level = key.partition(".")
        if name not in found or level not in ("amber", "red"):
            names = ", ".join(found)
            raise ThresholdError(f"{key}: should be NAME.amber or NAME.red; names are {names}")
        one = found[name]
        found[name] = replace(
            one,
            amber=value if level == "amber" else one.amber,
            red=value if level == "red" else one.red,
        )
    for one in found.values():
        if one.red < one.amber:
            raise ThresholdError(f"{one.name}: red, {one.red:g}, is below amber, {one.amber:g}")
    return tuple(found.values())
