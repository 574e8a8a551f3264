"""Ninety-six hours alone: what doors decide, what is lost, and the burst when the link is back."""

import struct
from collections import Counter
from dataclasses import dataclass
from functools import cache

import numpy as np

from linli_firmware import event_log
from linli_firmware.apps import doorway
from linli_firmware.apps.registers import HOURLY
from linli_protocol import codes

from .. import scenario
from ..clockwork import US_PER_H, US_PER_S, now_us
from ..community import Community
from ..experiments.settings import with_settings
from ..packet import Direction, Fate
from ..recorder import Stage
from ..residents import Residents
from ..twins import DoorTwin
from .promise import Assumption, Case, Inputs, Observed, Promise, Target, Values

SCENARIO = "study-outage"
_BEGIN_H = 12.0
_QUICK_H = 12.0
_WATCHED_H = 25
"""After the outage: every meter reports once."""
_MINUTE_US = 60 * US_PER_S

_RECORD = ">IIIHBB"
# Decisions of a door, by which two runs are compared: who was let in, who was not, who left.
_DECISIONS = (codes.GRANTED, codes.EXIT_REQUESTED, codes.DENIED_UNKNOWN)


@dataclass(frozen=True, slots=True)
class Lived:
    """What a run through an outage leaves.

    `decisions` counts doors' decisions of the outage by device, code and subject. `kept` are events
    and hourly registers written until its end, `arrived` those of them at the hub in the end;
    `drained_min` is how long the events took, None when some are missing. Rates are messages a
    second in the busiest minute after the outage and on average before it. `alarms_s` are the ages
    at which alarms of the outage reached the hub, at most what was watched. `uplink_bytes` arrived
    in the hours of the outage.
    """

    decisions: Counter[tuple[int, int, int]]
    kept: int
    arrived: int
    drained_min: float | None
    burst_per_s: float
    usual_per_s: float
    alarms_s: list[float]
    uplink_bytes: int
    fullest_log: int


@cache
def _live(seed: int, outage_h: float, edge_survives: bool) -> Lived:
    changes: dict[str, object] = {"faults.nodes.0.minutes": outage_h * 60}
    if edge_survives:
        changes = {"faults.nodes": []}
    text = with_settings(scenario.read(SCENARIO), changes)
    described = scenario.parse(text, SCENARIO)
    residents = Residents(described, seed, described.start)
    community = Community(described, seed, described.start, residents)
    begin_us, end_us = (round(hours * US_PER_H) for hours in (_BEGIN_H, _BEGIN_H + outage_h))
    community.start()
    community.env.run(until=begin_us)
    firsts = {device: twin.store.end(event_log.LOG) for device, twin in _doors(community).items()}
    bytes_before = _uplink_bytes(community)
    community.env.run(until=end_us)
    uplink_bytes = _uplink_bytes(community) - bytes_before
    ends = _ends(community)
    decisions = _decisions(community, firsts)
    drained_min = None
    for minute in range(1, _WATCHED_H * 60 + 1):
        community.env.run(until=end_us + minute * _MINUTE_US)
        if _missing_events(community, ends) == 0:
            drained_min = float(minute)
            break
    community.env.run(until=end_us + _WATCHED_H * US_PER_H)
    rows = np.array(community.recorder.latencies, np.int64).reshape(-1, 4)
    at_us = rows[:, 2] + rows[:, 3]
    by_minute = np.bincount((at_us[at_us >= end_us] - end_us) // _MINUTE_US, minlength=1)
    kept = sum(map(sum, ends.values()))
    missing = _missing_events(community, ends) + _missing_registers(community, ends)
    return Lived(
        decisions,
        kept,
        kept - missing,
        drained_min,
        float(by_minute.max()) / 60,
        float((at_us < begin_us).sum()) / (begin_us / US_PER_S),
        _alarm_ages_s(community, begin_us, end_us),
        uplink_bytes,
        max(
            twin.store.end(event_log.LOG) - firsts[device]
            for device, twin in _doors(community).items()
        ),
    )


def _doors(community: Community) -> dict[int, DoorTwin]:
    return {device: twin for device, twin in community.twins.items() if isinstance(twin, DoorTwin)}


def _ends(community: Community) -> dict[int, tuple[int, int]]:
    """Return how many events and hourly registers each device has written so far."""
    return {
        device: (twin.store.end(event_log.LOG), twin.store.end(HOURLY))
        for device, twin in community.twins.items()
    }


def _missing_events(community: Community, ends: dict[int, tuple[int, int]]) -> int:
    """Return how many of the events below `ends` the hub has not confirmed."""
    missing = 0
    for device, (end, _) in ends.items():
        mark = community.twins[device].store.get("events.mark")
        confirmed, lost = struct.unpack(">II", mark) if mark else (0, 0)
        missing += max(end - confirmed, 0) + lost
    return missing


def _missing_registers(community: Community, ends: dict[int, tuple[int, int]]) -> int:
    """Return how many of the hourly registers below `ends` no report has brought to the hub."""
    missing = 0
    for device, (_, end) in ends.items():
        reported = community.twins[device].store.get("meter.reported")
        missing += max(end - 1 - int.from_bytes(reported or b"", "big"), 0)
    return missing


def _decisions(community: Community, firsts: dict[int, int]) -> Counter[tuple[int, int, int]]:
    found: Counter[tuple[int, int, int]] = Counter()
    for device, twin in _doors(community).items():
        for index in range(firsts[device], twin.store.end(event_log.LOG)):
            record = twin.store.read(event_log.LOG, index)
            if record is not None:
                _, subject, _, _, code, _ = struct.unpack(_RECORD, record)
                if code in _DECISIONS:
                    found[device, code, subject] += 1
    return found


def _alarm_ages_s(community: Community, begin_us: int, end_us: int) -> list[float]:
    ages = []
    for times in community.recorder.alarms.values():
        raised_us, at_hub_us = times[Stage.RAISED], times[Stage.AT_HUB]
        if raised_us is not None and begin_us <= raised_us < end_us:
            reached_us = now_us(community.env) if at_hub_us is None else at_hub_us
            ages.append((reached_us - raised_us) / US_PER_S)
    return ages


def _uplink_bytes(community: Community) -> int:
    return sum(
        tally.payload_bytes
        for (_, direction, fate), tally in community.tracker.settled.items()
        if direction is Direction.UP and fate is Fate.DELIVERED
    )


def _replicate(values: Values, seed: int, inputs: Inputs) -> dict[str, float]:
    outage_h = min(values["outage_h"], _QUICK_H) if inputs.quick else values["outage_h"]
    ours = _live(seed, outage_h, bool(values["edge_survives"]))
    undisturbed = _live(seed, outage_h, True)
    right = (ours.decisions & undisturbed.decisions).total()
    figures = {
        "decisions": right / undisturbed.decisions.total(),
        "arrived": ours.arrived / ours.kept,
        "burst_per_s": ours.burst_per_s,
        "burst_times": ours.burst_per_s / ours.usual_per_s,
        "log_used": ours.fullest_log / doorway.DEFAULTS["events_kept"],
    }
    if ours.alarms_s:
        in_time = np.array(ours.alarms_s) <= values["alarm_s"]
        figures["alarms"] = float(in_time.mean())
    if ours.drained_min is not None:
        figures["drained_min"] = ours.drained_min
    if values["edge_survives"]:
        figures["cloud_drain_s"] = ours.uplink_bytes * 8 / (values["backhaul_mbit_s"] * 1e6)
    return figures


PROMISE = Promise(
    name="outage",
    title="Ninety-six hours alone",
    claim="network outage: security functions run on alone for 96 h",
    model="A block with hemu's mix of devices on all its bearers lives through the outage with the "
    "boards' own logic and stores (scenario study-outage). Every decision of a door is compared "
    "with those of the same days without an outage.",
    targets=(
        Target("decisions", "door decisions as without an outage", "share", 1.0, "less"),
        Target("arrived", "records of the outage at the hub a day later", "share", 1.0, "less"),
        Target("alarms", "alarms of the outage at the edge in time", "share", 1.0, "less"),
    ),
    observed=(
        Observed("drained_min", "until all events of the outage have arrived", "min"),
        Observed("burst_per_s", "messages in the busiest minute afterwards", "/s"),
        Observed("burst_times", "the same beside the mean before", "times"),
        Observed("log_used", "fullest log of a door, of what it keeps", "share"),
        Observed("cloud_drain_s", "what an edge has kept for the cloud, sent at once", "s"),
    ),
    assumptions=(
        Assumption(
            "outage_h", 96, "h", "length of the outage", "2025 feasibility study", span=(1, 2_000)
        ),
        Assumption(
            "edge_survives",
            1,
            "",
            "1: the outage lies between edge and cloud; 0: devices do not reach the edge either",
            "the study's edge stands in the community",
        ),
        Assumption(
            "alarm_s",
            60,
            "s",
            "an alarm in time",
            "assumption: what a caller waits for an answer",
            span=(0, 1_000_000),
        ),
        Assumption(
            "backhaul_mbit_s",
            10,
            "Mbit/s",
            "edge to cloud",
            "docs/models/backhaul.md, 4G",
            span=(0.001, 1_000_000),
        ),
    ),
    cases=(Case({"edge_survives": 0}, "the edge itself, or the way to it, is out"),),
    replicate=_replicate,
    replications=4,
)
