"""Which groups of devices are simulated one by one, and which as arrays."""

from typing import TYPE_CHECKING

from linli_firmware.apps import meter

from ..clockwork import US_PER_MS
from ..lora.lorawan import MAX_PAYLOAD_BYTES, RECEIVE_DELAY_US
from .devices import Devices

if TYPE_CHECKING:
    from .model import Scenario

TWINS_AT_MOST = 10_000
"""Devices in a community up to which "auto" makes all of them twins: a day of so many meters takes
about a minute; our own figure."""

_HOUR_S, _DAY_S = 3_600, 86_400
_WINDOW_MS = RECEIVE_DELAY_US // US_PER_MS


def is_cohort(scenario: "Scenario", group: Devices) -> bool:
    """Tell whether the devices of `group` are a cohort's rather than twins."""
    if group.fidelity != "auto":
        return group.fidelity == "cohort"
    devices = sum(each.number(scenario.households) for each in scenario.devices)
    return devices > TWINS_AT_MOST and obstacle(scenario, group) is None


def way_to_hub_ms(scenario: "Scenario") -> float:
    """Return the mean time from a gateway until the hub has dealt with a packet."""
    backhaul = scenario.backhaul
    on_wire_ms = (MAX_PAYLOAD_BYTES + backhaul.header_bytes) * 8000 / backhaul.bits_per_s
    return backhaul.base_ms + backhaul.jitter_ms + on_wire_ms + scenario.hub.processing_ms


def obstacle(scenario: "Scenario", group: Devices) -> str | None:
    """Return what keeps a cohort from modelling `group` in this scenario, None if nothing does."""
    if group.kind != "meter" or group.bearers != ("lora",):
        return "a cohort models meters with bearers = ['lora'] only"
    interval_s = group.app.get("report_interval_s", meter.DEFAULTS["report_interval_s"])
    if not _HOUR_S <= int(interval_s) <= _DAY_S:
        return f"a cohort models a report_interval_s from {_HOUR_S} to {_DAY_S} only"
    there_ms = way_to_hub_ms(scenario)
    if 2 * there_ms >= _WINDOW_MS:
        return f"a cohort needs answers within {_WINDOW_MS} ms, the hub's take {2 * there_ms:g} ms"
    lora, faults = scenario.lora, scenario.faults
    left_out = {
        "lora.adr": lora.adr,
        "lora.second_window": lora.second_window,
        "lora.off_time": lora.off_time,
        "faults.jamming": bool(faults.jamming),
        "faults.attacks": bool(faults.attacks),
        "power_cuts of meters": any(cut.kind == "meter" for cut in scenario.power_cuts),
        "updates of meters": any(update.kind == "meter" for update in scenario.updates),
    }
    found = [name for name, is_there in left_out.items() if is_there]
    return f"a cohort does not model {', '.join(found)}" if found else None
