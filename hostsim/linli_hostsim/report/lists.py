"""The report's lists of single alarms and of the events that are rare enough to be listed."""

from collections import Counter
from typing import Any

import numpy as np

from ..quantities import NOTHING, duration
from ..results import Results
from ..tables import STAGES
from .listing import Listing

MOST_ALARMS = 20
MOST_OF_AN_EVENT = 20


def address(device: int) -> str:
    """Return a device address as the firmware writes it: eight hexadecimal digits."""
    return f"{device:08x}"


def _after_raising(row: dict[str, Any], stage: str) -> str:
    if row[stage] is np.ma.masked or row["raised_us"] is np.ma.masked:
        return NOTHING
    return duration(int(row[stage] - row["raised_us"]))


def alarm_listing(results: Results) -> Listing:
    """Return the alarms, those never answered first, then the slowest."""
    alarms = results.tables["alarms"]
    rows = [dict(zip(alarms, values, strict=True)) for values in zip(*alarms.values(), strict=True)]

    def urgency(row: dict[str, Any]) -> tuple[bool, int]:
        if row["acknowledged_us"] is np.ma.masked:
            return False, 0
        return True, int(row["raised_us"] - row["acknowledged_us"])

    rows.sort(key=urgency)
    stages = STAGES[1:]
    return Listing(
        "Times since the alarm was raised; unanswered alarms first, then the slowest",
        ["device", "incident", "raised at"]
        + [stage.removesuffix("_us").replace("_", " ") for stage in stages],
        [
            [
                address(int(row["device"])),
                str(row["incident"]),
                duration(int(row["raised_us"])),
                *(_after_raising(row, stage) for stage in stages),
            ]
            for row in rows[:MOST_ALARMS]
        ],
        left_out=max(0, len(rows) - MOST_ALARMS),
    )


def event_listing(results: Results) -> Listing:
    """Return, in the order of time, the events whose kind and word came a few times only."""
    events = results.tables["events"]
    times = Counter(zip(events["kind"], events["event"], strict=True))
    rows = list(zip(*events.values(), strict=True))
    few = [row for row in rows if times[row[2], row[3]] <= MOST_OF_AN_EVENT]
    return Listing(
        "Events that came twenty times at most, one by one",
        ["time", "device", "kind", "event"],
        [
            [duration(int(time_us)), address(int(device)), kind, event]
            for time_us, device, kind, event in few
        ],
        words=(0, 1, 2, 3),
        left_out=len(rows) - len(few),
    )
