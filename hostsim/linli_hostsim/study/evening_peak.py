"""The evening peak: at which two hours doors are busiest, and what that asks of the hub."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from .. import scenario
from ..clockwork import US_PER_H
from ..run import run
from .promise import Assumption, Case, Inputs, Observed, Promise, Target, Values

SCENARIO = "study-peak"
_QUICK_H = 24.0
_PEAK = 19
_DAY = range(9, 19)
"""Hours in which the rest of all parcels is fetched, evenly."""
_HEMU_HOUSEHOLDS = 19_167


@cache
def _messages_per_day(seed: int, quick: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return messages by hour of the day on average: of doors, and of all devices."""
    text = scenario.read(SCENARIO)
    described = scenario.parse(text, SCENARIO)
    hours = _QUICK_H if quick else described.duration_h
    results = run(described, scenario_toml=text, seed=seed, hours=hours)
    latencies = results.tables["latencies"]
    hour = latencies["offered_us"] // US_PER_H % 24
    days = hours / 24
    is_door = latencies["kind"] == "door"
    return np.bincount(hour[is_door], minlength=24) / days, np.bincount(hour, minlength=24) / days


def _parcels(values: Values, households: int) -> NDArray[np.float64]:
    """Return passages for parcels by hour of the day: out and in again."""
    passages = 2 * households * values["parcels_per_day"] * values["own_way_share"]
    profile = np.zeros(24)
    profile[_PEAK : _PEAK + 2] = values["evening_share"] / 2
    profile[_DAY] += (1 - values["evening_share"]) / len(_DAY)
    return passages * profile


def _replicate(values: Values, seed: int, inputs: Inputs) -> dict[str, float]:
    described = scenario.load(SCENARIO)
    doors, everything = _messages_per_day(seed, inputs.quick)
    parcels = _parcels(values, described.households)
    by_two = (doors + parcels) + np.roll(doors + parcels, -1)
    others = np.delete(by_two, _PEAK)
    load = everything + parcels
    busiest_per_s = load.max() / 3600 * _HEMU_HOUSEHOLDS / described.households
    return {
        "lead": float(by_two[_PEAK] / others.max()),
        "peak_begins": float(by_two.argmax()),
        "busy_hour_times": float(load.max() / load.mean()),
        "hub_per_s": float(busiest_per_s),
        "hub_use": float(busiest_per_s * described.hub.processing_ms / 1000),
    }


PROMISE = Promise(
    name="evening-peak",
    title="The peak from 19:00 to 21:00",
    claim="parcel demand peaks 19:00–21:00",
    model="Passages of a week through the doors of five staircases (scenario study-peak) and, in "
    "proportion, those of residents who fetch parcels. The two busiest hours of doors together are "
    "looked for on the full hour.",
    targets=(
        Target("lead", "doors from 19:00 to 21:00, of any other two hours", "times", 1.0, "less"),
    ),
    observed=(
        Observed("peak_begins", "the two busiest hours begin at", "h"),
        Observed("busy_hour_times", "messages of the busiest hour, of the mean", "times"),
        Observed("hub_per_s", "the same for all of Hemu", "/s"),
        Observed("hub_use", "the hub's time that takes", "share"),
    ),
    assumptions=(
        Assumption(
            "parcels_per_day",
            1.0,
            "/household",
            "parcels a day",
            "State Post Bureau of China: some 175 thousand million in 2024, for 494 million "
            "households; recalled",
            span=(0, 100),
        ),
        Assumption("evening_share", 0.5, "share", "fetched from 19:00 to 21:00", "assumption"),
        Assumption(
            "own_way_share",
            0.5,
            "share",
            "fetched on a way of its own",
            "assumption: or coming home",
        ),
    ),
    cases=(
        Case({"own_way_share": 0.0}, "all parcels fetched on the way home"),
        Case({"own_way_share": 1.0}, "all fetched on ways of their own"),
        Case({"parcels_per_day": 0.5}, "half as many parcels"),
        Case(
            {"parcels_per_day": 2.0, "own_way_share": 1.0},
            "twice as many, fetched on ways of their own",
        ),
    ),
    replicate=_replicate,
    replications=5,
    quick_replications=4,
)
