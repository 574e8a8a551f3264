"""Water loss before and after meters that tell of leaks: sizes, the firmware's rule, repairs."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linli_firmware.apps.meter import DEFAULTS, Meter
from linli_firmware.clock import Clock
from linli_firmware.store import MemoryStore
from linli_protocol import codes

from ..clockwork import MS_PER_H, US_PER_H
from ..people import water
from ..people.water import Draw
from ..replay.water import WaterReplay
from ..scenario import People
from ..streams import stream
from .promise import Assumption, Case, Inputs, Observed, Promise, Target, Values

_LEAKS = 240
_QUICK_LEAKS = 60
_SOUND_HOUSEHOLDS = 30
_QUICK_SOUND_HOUSEHOLDS = 6
_BEFORE_H = 24
"""A household's meter runs for so long before its leak begins."""
_WATCHED_H = 30 * 24
"""A leak that the meter has not told of by then counts as one that it does not tell of."""
_MONDAY = datetime(2025, 3, 3)
_MONDAY_S = 1_740_931_200


@dataclass(frozen=True, slots=True)
class Detections:
    """Leaks by size, and hours until their meter told of them, infinite where it did not.

    `false_per_year` are alarms of a household without a leak.
    """

    litres_per_h: NDArray[np.float64]
    hours: NDArray[np.float64]
    false_per_year: float


def alarm_hours(
    hourly_ml: list[int], leak_l_per_h: float, begins_h: int, pulse_ml: int
) -> Iterator[int]:
    """Yield the hours at whose end a meter begins to tell of a leak.

    The firmware's own logic counts what a household draws each hour, and a leak that begins with
    hour `begins_h` and never stops.
    """
    clock = Clock()
    clock.set(_MONDAY_S, 0)
    meter = Meter({"pulse_ml": pulse_ml}, MemoryStore(), clock)
    meter.poll(0)
    turned_ml = counted = 0
    told = False
    for hour, drawn_ml in enumerate(hourly_ml):
        turned_ml += drawn_ml
        if hour >= begins_h:
            turned_ml += round(leak_l_per_h * 1000)
        pulses = turned_ml // pulse_ml - counted
        counted += pulses
        meter.count_pulses(pulses, hour * MS_PER_H + MS_PER_H // 2)
        meter.poll((hour + 1) * MS_PER_H)
        tells = bool(meter.flags & codes.FLAG_LEAK)
        if tells and not told:
            yield hour + 1
        told = tells


@cache
def _replay(path: Path) -> WaterReplay:
    return WaterReplay.load(path)


def _household(source: random.Random, hours: int, file: Path | None) -> list[int]:
    """Return what some household draws in each of some hours, ml, from any hour of a week on."""
    if file is None:
        start = _MONDAY + timedelta(hours=source.randrange(168))
        draws = water.draws(source, start, People().litres_per_household_day)
    else:
        replay = _replay(file)
        first, last = replay.span
        span_h = max(int((last - first) / timedelta(hours=1)) - hours, 1)
        start = first + timedelta(hours=source.randrange(span_h))
        draws = replay.draws(source.choice(replay.households), start, source)
    return _hourly(draws, hours)


def _hourly(draws: Iterator[tuple[int, Draw]], hours: int) -> list[int]:
    """Return ml by hour; the wheel has turned when the tap is shut, as with meters' twins."""
    volumes = [0] * hours
    for time_us, draw in draws:
        if time_us >= hours * US_PER_H:
            break
        hour = (time_us + draw.duration_us) // US_PER_H
        if hour < hours:
            volumes[hour] += draw.volume_ml
    return volumes


@cache
def _detect(seed: int, median: float, spread: float, pulse_ml: int, inputs: Inputs) -> Detections:
    sizes, hours = [], []
    for number in range(_QUICK_LEAKS if inputs.quick else _LEAKS):
        source = stream(seed, "leak", number)
        size = source.lognormvariate(math.log(median), spread)
        drawn = _household(source, _BEFORE_H + _WATCHED_H, inputs.water)
        alarm = next(alarm_hours(drawn, size, _BEFORE_H, pulse_ml), math.inf)
        sizes.append(size)
        hours.append(alarm - _BEFORE_H)
    false = 0
    households = _QUICK_SOUND_HOUSEHOLDS if inputs.quick else _SOUND_HOUSEHOLDS
    for number in range(households):
        drawn = _household(stream(seed, "sound household", number), _WATCHED_H, inputs.water)
        false += sum(1 for _ in alarm_hours(drawn, 0.0, 0, pulse_ml))
    years = households * _WATCHED_H / (365.25 * 24)
    return Detections(np.array(sizes), np.array(hours), false / years)


def _replicate(values: Values, seed: int, inputs: Inputs) -> dict[str, float]:
    found = _detect(
        seed, values["leak_l_per_h"], values["leak_spread"], round(values["pulse_ml"]), inputs
    )
    source = stream(seed, "repairs")
    before_l = after_l = 0.0
    for size, detection_h in zip(found.litres_per_h.tolist(), found.hours.tolist(), strict=True):
        unmetered_h = source.expovariate(1 / (values["found_d"] * 24))
        repair_h = source.expovariate(1 / values["repair_h"])
        is_mended = source.random() < values["mended_share"]
        metered_h = detection_h + repair_h if is_mended else math.inf
        before_l += size * unmetered_h
        after_l += size * min(unmetered_h, metered_h)
    left = values["behind_meter"] * after_l / before_l + 1 - values["behind_meter"]
    # Of one unit that is used, so much is lost besides.
    lost_before = values["loss_before"] / (1 - values["loss_before"])
    lost_after = lost_before * left
    told = np.isfinite(found.hours)
    figures = {
        "loss_after": lost_after / (1 + lost_after),
        "told": float(told.mean()),
        "told_volume": float(found.litres_per_h[told].sum() / found.litres_per_h.sum()),
        "left": after_l / before_l,
        "false_per_year": found.false_per_year,
    }
    if told.any():
        figures["told_h"] = float(np.median(found.hours[told]))
    return figures


def _facts(values: Values) -> list[str]:
    before = values["loss_before"] / (1 - values["loss_before"])
    left = 0.03 / 0.97 / before
    return [
        f"From {100 * values['loss_before']:.3g} % to 3 % means that {100 * (1 - left):.0f} % of "
        "what leaks is saved: at least that share of it must be behind meters, were every leak "
        "mended at once."
    ]


PROMISE = Promise(
    name="water-loss",
    title="Water loss from 12 % to 3 %",
    claim="water loss after smart meters: from 12 % to 3 %",
    model="Leaks of random sizes begin in households that draw water as simulated residents do, or "
    "as in a file of real households (--water). The firmware's own rule, 24 hours of flow in a "
    "row, tells of them; somebody mends them. Without smart meters the same leaks run until they "
    "are found by other means. How many there are follows from the loss before.",
    targets=(Target("loss_after", "water loss with smart meters", "share", 0.03, "more"),),
    observed=(
        Observed("left", "of what leaked behind meters, still leaks", "share"),
        Observed("told", "leaks of which the meter tells within 30 days", "share"),
        Observed("told_volume", "their share of the flow", "share"),
        Observed("told_h", "until it tells, median", "h"),
        Observed("false_per_year", "alarms of a household without a leak", "/year"),
    ),
    assumptions=(
        Assumption(
            "loss_before",
            0.12,
            "share",
            "loss without smart meters",
            "2025 feasibility study",
            span=(0.01, 0.99),
        ),
        Assumption(
            "behind_meter",
            1.0,
            "share",
            "of the loss, what leaks behind household meters",
            "assumption in favour of the study: household meters see nothing of mains",
        ),
        Assumption(
            "leak_l_per_h",
            People().leak_l_per_h,
            "l/h",
            "median leak, log-normal",
            "scenario/people.py: a running cistern",
            span=(0.01, 1_000),
        ),
        Assumption(
            "leak_spread",
            1.2,
            "",
            "standard deviation of its logarithm",
            "assumption: one leak in five above 340 l a day, which WaterSmart found in a tenth of "
            "4 million households",
            span=(0, 5),
        ),
        Assumption(
            "found_d",
            90,
            "d",
            "mean time until a leak is found without smart meters",
            "Unitywater, 2023: told after 90 days, by the bill; after 3 with digital meters",
            span=(1, 10_000),
        ),
        Assumption(
            "repair_h",
            72,
            "h",
            "told to mended, mean",
            "the study: incidents of grade III in 72 h",
            span=(0.1, 10_000),
        ),
        Assumption(
            "mended_share",
            1.0,
            "share",
            "of the leaks told, mended for it",
            "assumption in favour of the study",
        ),
        Assumption(
            "pulse_ml",
            float(DEFAULTS["pulse_ml"]),
            "ml",
            "a pulse",
            "linli_firmware.apps.meter",
            span=(1, 1_000_000),
        ),
    ),
    cases=(
        Case({"behind_meter": 0.5}, "half of the loss in mains and risers"),
        Case({"mended_share": 0.6}, "residents who leave four leaks in ten as they are"),
        Case({"repair_h": 336}, "two weeks until somebody comes"),
        Case({"found_d": 30}, "leaks that were found within a month anyway"),
        Case({"leak_l_per_h": 1.0}, "mostly dripping taps"),
        Case({"pulse_ml": 10_000}, "meters with a pulse each ten litres"),
    ),
    replicate=_replicate,
    replications=6,
    quick_replications=4,
    facts=_facts,
)
