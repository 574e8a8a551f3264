"""What indicators are computed from: counts and durations that a hub has, and a simulated run."""

from collections.abc import Sequence
from dataclasses import dataclass

from linli_protocol import codes, refusals

# Packets that somebody without the keys sent, or sent again.
ATTACKS = (refusals.FORGED, refusals.REPLAYED, refusals.JOIN_REFUSED)
# Somebody tries to get in where he may not, or threatens one who may.
INTRUSIONS = (
    codes.DENIED_BLOCKED,
    codes.DURESS,
    codes.FORCED,
    codes.TAMPER,
    codes.CONSOLE_REFUSED,
)

PATCH_DUE_H = 72.0
"""Source: 2025 feasibility study, weaknesses closed within 72 h."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen during `hours`.

    An alarm is missing when it is older than `due_s` and the hub has not got it. `arrivals_s` and
    `answers_s` are times from a press to the hub and to `help is coming`; alarms that are not so
    far count with their age. `outages_s` are the times without service. `lost` messages were given
    up, expired or gave way. A device is silent when it had messages and none arrived. A cell is low
    when it will be empty within a year. `patches_overdue` are devices that do not run the new
    version after `patch_due_h`, of `patches_due`.
    """

    hours: float
    devices: int
    alarms: int
    missing: int
    arrivals_s: Sequence[float]
    answers_s: Sequence[float]
    outages_s: Sequence[float]
    offered: int
    lost: int
    retries: int
    silent: int
    cells: int
    cells_low: int
    attacks: int
    intrusions: int
    patches_due: int
    patches_overdue: int
