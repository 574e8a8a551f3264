"""An alarm at the edge and in the cloud: how soon each knows of it."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from .. import scenario
from ..clockwork import US_PER_H, US_PER_S
from ..experiments.settings import with_settings
from ..faults.timing import HOURS_PER_MONTH
from ..run import run
from ..summary import elapsed_us
from .promise import Assumption, Case, Inputs, Observed, Promise, Target, Values

SCENARIO = "study-alarm"
_QUICK_H = 4.0
_JOINED_H = 1


@cache
def _latencies_s(
    seed: int, hours: float | None, added_ms: float, jitter_ms: float, lora_only: bool
) -> NDArray[np.float64]:
    """Return alarms' times from the press to where they are taken, on the edge plus `added_ms`."""
    text = scenario.read(SCENARIO)
    described = scenario.parse(text, SCENARIO)
    settings: dict[str, object] = {"panic.bearers": ["lora"]} if lora_only else {}
    for name, path in (("wifi", described.wifi), ("backhaul", described.backhaul)):
        settings[f"{name}.base_ms"] = path.base_ms + added_ms
        settings[f"{name}.jitter_ms"] = path.jitter_ms + jitter_ms
    text = with_settings(text, settings)
    results = run(scenario.parse(text, SCENARIO), scenario_toml=text, seed=seed, hours=hours)
    alarms = results.tables["alarms"]
    # In the first minutes devices join, which they do once in weeks.
    is_later = alarms["raised_us"] >= _JOINED_H * US_PER_H
    later = {name: column[is_later] for name, column in alarms.items()}
    return elapsed_us(later, "at_hub_us") / US_PER_S


def _replicate(values: Values, seed: int, inputs: Inputs) -> dict[str, float]:
    hours = _QUICK_H if inputs.quick else None
    is_lora = bool(values["lora_only"])
    bits = values["clip_mbyte"] * 8
    edge_s = _latencies_s(seed, hours, 0.0, 0.0, is_lora) + bits / values["lan_mbit_s"]
    cloud_s = (
        _latencies_s(seed, hours, values["wan_ms"], values["wan_jitter_ms"], is_lora)
        + bits / values["wan_mbit_s"]
    )
    edge_s, cloud_s = edge_s + values["inference_s"], cloud_s + values["inference_s"]
    # Alarms in an outage wait for its end: as long again as it lasts on average (exponential).
    out_share = values["outages_per_month"] * values["wan_repair_h"] / HOURS_PER_MONTH
    cloud_mean_s = cloud_s.mean() + out_share * values["wan_repair_h"] * 3600
    return {
        "edge_p99_s": float(np.quantile(edge_s, 0.99, method="inverted_cdf")),
        "faster": 1 - float(edge_s.mean() / cloud_mean_s),
        "edge_p50_s": float(np.median(edge_s)),
        "cloud_p50_s": float(np.median(cloud_s)),
        "cloud_p99_s": float(np.quantile(cloud_s, 0.99, method="inverted_cdf")),
        "cloud_mean_s": float(cloud_mean_s),
        "cloud_in_time": (1 - out_share) * float((cloud_s <= 2.0).mean()),
    }


PROMISE = Promise(
    name="recognition",
    title="Recognised within two seconds at the edge",
    claim="abnormal behaviour of a person living alone recognised within 2 s at the edge, 90 % "
    "faster than in the cloud",
    model="The same presses of the same buttons (scenario study-alarm), once with the hub in the "
    "community and once with the way to the cloud added to every path; then, where a camera tells "
    "instead of a button, its clip's transmission and its recognition.",
    targets=(
        Target("edge_p99_s", "known at the edge, 99 % of alarms", "s", 2.0, "more"),
        Target("faster", "edge faster than cloud, on average", "share", 0.9, "less"),
    ),
    observed=(
        Observed("edge_p50_s", "known at the edge, median", "s"),
        Observed("cloud_p50_s", "known in the cloud, median", "s"),
        Observed("cloud_p99_s", "known in the cloud, 99 % without an outage", "s"),
        Observed("cloud_mean_s", "known in the cloud, mean with outages", "s"),
        Observed("cloud_in_time", "known in the cloud within 2 s", "share"),
    ),
    assumptions=(
        Assumption(
            "lora_only", 0, "", "1: buttons have LoRa only, not Wi-Fi besides", "assumption"
        ),
        Assumption(
            "wan_ms",
            20,
            "ms",
            "edge to cloud, least",
            "docs/models/backhaul.md, 4G",
            span=(0, 5_000),
        ),
        Assumption(
            "wan_jitter_ms",
            10,
            "ms",
            "mean added to that",
            "docs/models/backhaul.md, 4G",
            span=(0, 5_000),
        ),
        Assumption(
            "outages_per_month",
            0,
            "/month",
            "outages of the way to the cloud",
            "assumption",
            span=(0, 100),
        ),
        Assumption(
            "wan_repair_h",
            4,
            "h",
            "mean of an outage",
            "the study: mean repair today",
            span=(0, 100),
        ),
        Assumption(
            "clip_mbyte",
            0,
            "MB",
            "what must be looked at",
            "assumption: a button says all",
            span=(0, 1_000_000),
        ),
        Assumption(
            "lan_mbit_s",
            100,
            "Mbit/s",
            "camera to edge",
            "assumption: 100BASE-TX",
            span=(0.001, 1_000_000),
        ),
        Assumption(
            "wan_mbit_s",
            10,
            "Mbit/s",
            "edge to cloud",
            "docs/models/backhaul.md, 4G",
            span=(0.001, 1_000_000),
        ),
        Assumption(
            "inference_s",
            0,
            "s",
            "recognition itself",
            "assumption: a button says all",
            span=(0, 1_000_000),
        ),
    ),
    cases=(
        Case({"lora_only": 1}, "a button without Wi-Fi, which lives for years"),
        Case({"wan_ms": 100}, "a cloud on another continent"),
        Case({"outages_per_month": 1}, "an outage of the way to the cloud each month"),
        Case({"clip_mbyte": 5}, "a camera: ten seconds of video at 4 Mbit/s"),
        Case({"clip_mbyte": 5, "wan_mbit_s": 5}, "the clip over half of the uplink"),
        Case({"clip_mbyte": 5, "inference_s": 0.5}, "the clip and half a second of inference"),
    ),
    replicate=_replicate,
    replications=5,
    quick_replications=4,
)
