"""Aggregated reports: what a meter that sends less often saves in traffic and in its cell."""

from functools import cache

import numpy as np

from linli_protocol import codes

from .. import scenario
from ..energy import current_ua
from ..energy.budget import SECONDS_PER_YEAR, SHELF_YEARS
from ..energy.typical import HARDWARE
from ..experiments.settings import with_settings
from ..run import run
from .promise import Assumption, Case, Inputs, Observed, Promise, Target, Values

SCENARIO = "study-meters"
_QUICK_H = 48.0
_DAY_S = 86_400
_METER = HARDWARE[codes.METER]


@cache
def _life(seed: int, hours: float | None, per_day: float, nbiot: bool) -> tuple[float, float]:
    """Return a meter's bytes a day, sent and received, and the median cell's years."""
    settings: dict[str, object] = {
        "meter.app.report_interval_s": round(_DAY_S / per_day),
        "meter.bearers": ["nbiot" if nbiot else "lora"],
    }
    text = with_settings(scenario.read(SCENARIO), settings)
    results = run(scenario.parse(text, SCENARIO), scenario_toml=text, seed=seed, hours=hours)
    devices = results.tables["devices"]
    days = results.meta.duration_s / _DAY_S
    bytes_per_day = float(devices["bytes_on_air"].mean()) / days
    return bytes_per_day, float(np.median(devices["battery_years"]))


def _with_sleep(years: float, sleep_ua: float) -> float:
    """Return what `years` become when the board sleeps with another current."""
    cell = _METER.cell
    lost_c = cell.lost_c_per_year(20.0)
    drawn_c = cell.usable_c / years - lost_c
    less_ua = current_ua(_METER.board, _METER.sleep) - sleep_ua
    drawn_c -= less_ua * 1e-6 * SECONDS_PER_YEAR
    return min(cell.usable_c / (drawn_c + lost_c), SHELF_YEARS)


def _replicate(values: Values, seed: int, inputs: Inputs) -> dict[str, float]:
    hours = _QUICK_H if inputs.quick else None
    nbiot = bool(values["nbiot"])
    single_bytes, single_years = _life(seed, hours, values["single_per_day"], nbiot)
    batch_bytes, batch_years = _life(seed, hours, values["batches_per_day"], nbiot)
    single_years, batch_years = (
        _with_sleep(years, values["sleep_ua"]) for years in (single_years, batch_years)
    )
    return {
        "bytes_saved": 1 - batch_bytes / single_bytes,
        "life_gained": batch_years / single_years - 1,
        "single_bytes": single_bytes,
        "batch_bytes": batch_bytes,
        "single_years": single_years,
        "batch_years": batch_years,
    }


PROMISE = Promise(
    name="aggregation",
    title="Aggregation saves traffic and cells",
    claim="edge pre-processing: communication cost −18 %, device battery life +35 %",
    model="Meters that send each reading by itself beside meters that gather a day's, the same "
    "water through both (scenario study-meters). What only the edge gathers saves traffic to the "
    "cloud and nothing of a device's cell; so the device gathers. Cost is taken as proportional to "
    "bytes on the air.",
    targets=(
        Target("bytes_saved", "bytes saved", "share", 0.18, "less"),
        Target("life_gained", "longer life of a meter's cell", "share", 0.35, "less"),
    ),
    observed=(
        Observed("single_bytes", "single readings", "bytes/day"),
        Observed("batch_bytes", "gathered readings", "bytes/day"),
        Observed("single_years", "cell with single readings", "years"),
        Observed("batch_years", "cell with gathered readings", "years"),
    ),
    assumptions=(
        Assumption(
            "single_per_day",
            24,
            "/day",
            "reports when sent singly",
            "hourly registers",
            span=(1, 24),
        ),
        Assumption(
            "batches_per_day",
            1,
            "/day",
            "reports when gathered",
            "linli_firmware.apps.meter",
            span=(1, 24),
        ),
        Assumption("nbiot", 0, "", "0: over LoRa; 1: over NB-IoT", "assumption"),
        Assumption(
            "sleep_ua",
            current_ua(_METER.board, _METER.sleep),
            "µA",
            "the board's current asleep",
            "energy/currents.py: ESP32-C6 in light sleep, as pulses ask for",
            span=(0, 100),
        ),
    ),
    cases=(
        Case({"nbiot": 1}, "the other bearer of meters"),
        Case(
            {"sleep_ua": current_ua("esp32s3", "deep sleep, ulp")},
            "an ESP32-S3 whose ULP processor counts",
        ),
        Case({"single_per_day": 4}, "a reading each six hours"),
    ),
    replicate=_replicate,
    replications=4,
)
