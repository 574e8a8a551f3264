"""Faults of devices: which of them the hub can tell, and how soon somebody is there."""

import heapq
import math
import random
from collections import defaultdict
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from linli_firmware.apps import meter
from linli_protocol import codes

from .. import scenario
from ..clockwork import US_PER_H, at
from ..community import Community
from ..residents import Residents
from ..streams import stream
from ..twins import DoorTwin, Twin
from .promise import Assumption, Case, Inputs, Observed, Promise, Target, Values

SCENARIO = "study-faults"
_BREAK_H = 50.0, 74.0
"""When devices break: each has reported before."""
_NEVER_BACK_US = 10_000 * US_PER_H
_LOW_MV = 100
"""Below the app's limit."""
_BROKEN_SHARE = 0.5
_YEARS = 20.0
_QUICK_YEARS = 2.0
_H_PER_YEAR = 365.25 * 24
_DETOUR = 1.3
"""Paths around buildings, beside the straight line; our own figure."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """Of devices that broke in each way, hours until the hub could tell, infinite where not.

    `false_share` is the part of sound devices that were taken for broken.
    """

    silent_h: list[float]
    low_h: list[float]
    false_share: float


@cache
def _recognise(seed: int, silence_h: float) -> Recognition:
    """Break half of the devices, by silence or by a low cell, and look at what the hub hears."""
    text = scenario.read(SCENARIO)
    described = scenario.parse(text, SCENARIO)
    residents = Residents(described, seed, described.start)
    community = Community(described, seed, described.start, residents)
    source = stream(seed, "faults of devices")
    broken_at_h: dict[int, float] = {}
    low: set[int] = set()
    for device, twin in sorted(community.twins.items()):
        if source.random() >= _BROKEN_SHARE:
            continue
        broken_at_h[device] = source.uniform(*_BREAK_H)
        happen = partial(twin.lose_power, _NEVER_BACK_US)
        if not isinstance(twin, DoorTwin) and source.random() < 0.5:
            low.add(device)
            happen = partial(_empty_cell, twin)
        at(community.env, round(broken_at_h[device] * US_PER_H), happen)
    community.start()
    # Until the last to fall silent has been so for long enough, twice over.
    end_h = _BREAK_H[1] + 2 * silence_h
    community.env.run(until=round(end_h * US_PER_H))
    community.finish()
    heard_h = _heard_h(community)
    low_h, silent_h, false = [], [], 0
    for device in community.twins:
        told_h = _silent_at_h(heard_h[device], silence_h, end_h)
        if device in low:
            told_h = min(told_h, _low_at_h(community, device))
            low_h.append(told_h - broken_at_h[device])
        elif device in broken_at_h:
            silent_h.append(told_h - broken_at_h[device])
        else:
            false += math.isfinite(told_h)
    return Recognition(silent_h, low_h, false / (len(community.twins) - len(broken_at_h)))


def _empty_cell(twin: Twin) -> None:
    twin.input("set_battery", twin.app.config["battery_low_mv"] - _LOW_MV)
    twin.act()


def _heard_h(community: Community) -> dict[int, list[float]]:
    """Return when the hub heard of each device, hours, sorted."""
    heard: defaultdict[int, list[float]] = defaultdict(list)
    rows = community.recorder.latencies
    for device, offered_us, latency_us in zip(rows[0::4], rows[2::4], rows[3::4], strict=True):
        heard[device].append((offered_us + latency_us) / US_PER_H)
    return {device: sorted(heard[device]) for device in community.twins}


def _silent_at_h(heard_h: list[float], silence_h: float, end_h: float) -> float:
    """Return when a device had been silent for `silence_h` for the first time."""
    for before, after in zip(heard_h, [*heard_h[1:], end_h], strict=True):
        if after - before > silence_h:
            return before + silence_h
    return math.inf


def _low_at_h(community: Community, device: int) -> float:
    rows = community.recorder.events
    for time_us, sender, code in zip(rows[0::3], rows[1::3], rows[2::3], strict=True):
        if sender == device and code == codes.BATTERY_LOW:
            return time_us / US_PER_H
    return math.inf


def _responses_min(values: Values, source: random.Random, years: float) -> list[float]:
    """Return minutes from each fault's being known to somebody's arrival.

    Crews take faults in their order, while they are on duty; each goes from where it was last.
    """
    faults_per_h = values["devices"] / values["mtbf_years"] / _H_PER_YEAR
    side_m = values["side_m"]
    crews = [(0.0, (side_m / 2, side_m / 2)) for _ in range(round(values["crews"]))]
    found, now_h = [], 0.0
    while now_h < years * _H_PER_YEAR:
        now_h += source.expovariate(faults_per_h)
        free_h, where = heapq.heappop(crews)
        place = source.random() * side_m, source.random() * side_m
        way_m = _DETOUR * math.dist(where, place)
        leaves_h = _on_duty_h(max(now_h, free_h) + values["dispatch_min"] / 60, values["duty_h"])
        there_h = leaves_h + way_m / 1000 / values["speed_km_h"]
        found.append((there_h - now_h) * 60)
        heapq.heappush(crews, (there_h + source.expovariate(1 / values["job_h"]), place))
    return found


def _on_duty_h(hour: float, duty_h: float) -> float:
    """Return `hour`, or the next beginning of a duty of `duty_h` hours a day."""
    return hour if hour % 24 < duty_h else (hour // 24 + 1) * 24


def _replicate(values: Values, seed: int, inputs: Inputs) -> dict[str, float]:
    found = _recognise(seed, values["silence_h"])
    silent, low, mute = (values[f"{name}_parts"] for name in ("silent", "low", "mute"))
    told = {
        "silent": float(np.isfinite(found.silent_h).mean()),
        "low": float(np.isfinite(found.low_h).mean()),
        # A meter that counts nothing says so; a reader or a button that nobody tries does not.
        "mute": max(values["meters_share"], values["tested_share"]),
    }
    recognised = silent * told["silent"] + low * told["low"] + mute * told["mute"]
    minutes = _responses_min(
        values, stream(seed, "crews"), _QUICK_YEARS if inputs.quick else _YEARS
    )
    figures = {
        "recognised": recognised / (silent + low + mute),
        "response_min": float(np.quantile(minutes, values["reached_share"])),
        "silent_told": told["silent"],
        "low_told": told["low"],
        "within_15_min": float((np.array(minutes) <= 15).mean()),
        "false_share": found.false_share,
    }
    told_h = float(np.quantile(found.silent_h, 0.5, method="inverted_cdf"))
    if math.isfinite(told_h):
        figures["silent_told_h"] = told_h
    return figures


def _facts(values: Values) -> list[str]:
    unseen = 1 - max(values["meters_share"], values["tested_share"])
    facts = [
        f"A stuck meter tells of itself after {meter.DEFAULTS['dry_days']} days without flow.",
        "15 min count from when the hub knows: a device that reports once a day is missed only "
        f"{values['silence_h']:.0f} h after it was heard last.",
    ]
    if unseen:
        facts.append(
            f"92 % allow {100 * min(0.08 / unseen, 1):.0f} % of all faults to be mute, if the hub "
            "tells all the others."
        )
    return facts


PROMISE = Promise(
    name="device-faults",
    title="Faults recognised, somebody there in a quarter of an hour",
    claim="faults recognised automatically 92 %; on-site response 15 min",
    model="Half of the devices of a small community (scenario study-faults) break: their power is "
    "gone for good, or their cell runs low. The hub knows a device for broken that it has not "
    "heard for a time, or that says so. A third way to break is mute: the device reports, but its "
    "button, reader or wheel is dead. Crews then go from fault to fault.",
    targets=(
        Target("recognised", "faults recognised", "share", 0.92, "less"),
        Target("response_min", "known to somebody there, 9 in 10", "min", 15.0, "more"),
    ),
    observed=(
        Observed("silent_told", "silent devices known", "share"),
        Observed("low_told", "low cells known", "share"),
        Observed("silent_told_h", "until a silent device is known, median", "h"),
        Observed("false_share", "sound devices taken for broken, in five days", "share"),
        Observed("within_15_min", "reached within 15 min", "share"),
    ),
    assumptions=(
        Assumption(
            "silence_h",
            25,
            "h",
            "silence that is taken for a fault",
            "EN 50136-1, DP1: 25 h",
            span=(25, 200),
        ),
        Assumption(
            "silent_parts",
            60,
            "",
            "parts of faults that silence a device",
            "assumption",
            span=(0, 1_000_000),
        ),
        Assumption(
            "low_parts", 25, "", "parts that are low cells", "assumption", span=(0, 1_000_000)
        ),
        Assumption("mute_parts", 15, "", "parts that are mute", "assumption", span=(0, 1_000_000)),
        Assumption(
            "meters_share",
            0.583,
            "share",
            "of mute faults, those of meters",
            "scenario hemu: 7 of 12",
        ),
        Assumption(
            "tested_share",
            0.0,
            "share",
            "of devices, those tried by hand often enough",
            "assumption",
        ),
        Assumption(
            "devices", 2300, "", "devices", "2025 feasibility study: Hemu", span=(1, 1_000_000)
        ),
        Assumption("side_m", 1400, "m", "side of the site", "scenario hemu", span=(1, 100_000)),
        Assumption(
            "mtbf_years",
            4,
            "years",
            "a device's mean time between faults",
            "the study: fault rate of 25 % where nobody maintains, taken as a year's",
            span=(0.1, 1_000),
        ),
        Assumption("crews", 1, "", "crews", "assumption", span=(1, 1_000)),
        Assumption("duty_h", 24, "h/day", "hours on duty", "assumption", span=(0.5, 24)),
        Assumption("dispatch_min", 2, "min", "known to on the way", "assumption", span=(0, 1_440)),
        Assumption("speed_km_h", 5, "km/h", "speed", "assumption: on foot", span=(0.1, 100)),
        Assumption(
            "job_h", 0.75, "h", "mean of a repair, exponential", "assumption", span=(0.01, 100)
        ),
        Assumption(
            "reached_share",
            0.9,
            "share",
            "of faults, those that must be reached in time",
            "assumption",
        ),
    ),
    cases=(
        Case({"speed_km_h": 15}, "by bicycle"),
        Case({"tested_share": 1.0}, "everything is tried each month, as residents are told to"),
        Case({"speed_km_h": 15, "tested_share": 1.0}, "both"),
        Case({"speed_km_h": 15, "mute_parts": 30}, "twice as many mute faults"),
        Case({"speed_km_h": 15, "mute_parts": 5}, "a third as many"),
        Case({"speed_km_h": 15, "duty_h": 10, "tested_share": 1.0}, "nobody comes at night"),
    ),
    replicate=_replicate,
    replications=5,
    facts=_facts,
)
