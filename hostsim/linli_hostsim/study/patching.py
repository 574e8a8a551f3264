"""A weakness closed in the whole fleet within three days."""

import math
from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .. import scenario
from ..clockwork import US_PER_H
from ..experiments.settings import with_settings
from ..run import run
from .promise import Assumption, Case, Inputs, Observed, Promise, Target, Values

SCENARIO = "study-patch"
_LIMIT_H = 72.0
_QUICK_HOUSEHOLDS = 50
# The place of the meters' campaign in the scenario's file.
_METERS = "updates.2"


@cache
def _times_h(
    seed: int, quick: bool, meter_kb: float, report_h: float, gateways: int
) -> Mapping[str, NDArray[np.float64]]:
    """Return by kind each device's hours until it runs the new version, infinite where not."""
    settings: dict[str, object] = {
        f"{_METERS}.content_bytes": round(meter_kb * 1000),
        f"{_METERS}.silence_h": report_h + 1,
        "meter.app.report_interval_s": round(report_h * 3600),
        "lora.gateways": gateways,
    }
    if quick:
        settings["households"] = _QUICK_HOUSEHOLDS
    text = with_settings(scenario.read(SCENARIO), settings)
    results = run(scenario.parse(text, SCENARIO), scenario_toml=text, seed=seed)
    updates = results.tables["updates"]
    took_us = np.ma.asarray(updates["running_us"] - updates["start_us"], np.float64)
    hours = np.ma.filled(took_us / US_PER_H, np.inf)
    return {kind: hours[updates["kind"] == kind] for kind in set(updates["kind"])}


def _replicate(values: Values, seed: int, inputs: Inputs) -> dict[str, float]:
    by_kind = _times_h(
        seed,
        inputs.quick,
        values["meter_kbyte"],
        values["report_h"],
        round(values["gateways"]),
    )
    left_h = _LIMIT_H - values["preparation_h"]
    patched = {kind: float((hours <= left_h).mean()) for kind, hours in by_kind.items()}
    everything = np.concatenate(list(by_kind.values()))
    figures = {
        "patched": float((everything <= left_h).mean()),
        "doors": patched["door"],
        "buttons": patched["panic"],
        "meters": patched["meter"],
    }
    half_h = float(np.quantile(by_kind["meter"], 0.5, method="inverted_cdf"))
    if math.isfinite(half_h):
        figures["half_of_meters_h"] = half_h
    return figures


PROMISE = Promise(
    name="patching",
    title="A weakness closed within 72 hours",
    claim="patches monthly, weaknesses closed within 72 h",
    model="A campaign over all devices of a part of hemu (scenario study-patch), with the boards' "
    "own receiver in each, whole images for what the mains or Wi-Fi reach and what has changed for "
    "meters over LoRa. The 72 h begin when the weakness is known, so that making the update takes "
    "its part of them.",
    targets=(Target("patched", "devices that run the new version in time", "share", 1.0, "less"),),
    observed=(
        Observed("doors", "doors in time", "share"),
        Observed("buttons", "buttons in time", "share"),
        Observed("meters", "meters in time", "share"),
        Observed("half_of_meters_h", "until half of the meters run it", "h"),
    ),
    assumptions=(
        Assumption(
            "preparation_h",
            24,
            "h",
            "known to the campaign's begin",
            "assumption: mend, test, sign",
            span=(0, 72),
        ),
        Assumption(
            "meter_kbyte",
            17,
            "kB",
            "what a meter is sent",
            "scenario rollout: a fifth of its image",
            span=(1, 400),
        ),
        Assumption(
            "report_h",
            24,
            "h",
            "between a meter's reports",
            "linli_firmware.apps.meter",
            span=(1, 24),
        ),
        Assumption(
            "gateways",
            1,
            "",
            "LoRa gateways for 42 meters",
            "assumption: reach asks for one",
            span=(1, 16),
        ),
    ),
    cases=(
        Case({"preparation_h": 0}, "the update is ready when the weakness is known"),
        Case({"report_h": 6}, "meters that can be reached four times a day"),
        Case({"meter_kbyte": 83}, "a whole image for meters, too"),
    ),
    replicate=_replicate,
    replications=4,
)
