"""The study's three grades of incidents and their clocks, and which event begins which incident.

I is a leak, of water or of what is to be kept: access, keys, data. II is that the system is down,
III a mere annoyance. The grade of each event is our choice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from linli_protocol import codes


class Grade(IntEnum):
    """How bad an incident is."""

    LEAK = 1
    DOWN = 2
    ANNOYANCE = 3


TEAM = "team there"
MENDED = "traced and mended"
BACK = "core back"
CAUSE = "root cause known"

# Hours from the beginning. Source: 2025 feasibility study.
CLOCKS: dict[Grade, dict[str, float]] = {
    Grade.LEAK: {TEAM: 1.0, MENDED: 24.0},
    Grade.DOWN: {BACK: 2.0, CAUSE: 48.0},
    Grade.ANNOYANCE: {MENDED: 72.0},
}
# The clock that the end of an incident stops.
ENDS = {Grade.LEAK: MENDED, Grade.DOWN: BACK, Grade.ANNOYANCE: MENDED}


@dataclass(frozen=True, slots=True)
class Rule:
    """An event's grade, and the events of which the same device's first ends the incident.

    Without any, nobody can tell from events when it ended.
    """

    grade: Grade
    ended_by: tuple[int, ...] = ()


RULES: Mapping[int, Rule] = {
    codes.DURESS: Rule(Grade.LEAK),
    codes.FORCED: Rule(Grade.LEAK, (codes.SECURED,)),
    codes.TAMPER: Rule(Grade.LEAK, (codes.TAMPER_ENDED,)),
    codes.CONSOLE_REFUSED: Rule(Grade.LEAK),
    codes.BURST: Rule(Grade.LEAK, (codes.BURST_ENDED,)),
    codes.LEAK: Rule(Grade.ANNOYANCE, (codes.LEAK_ENDED,)),
    codes.DENIED_BLOCKED: Rule(Grade.ANNOYANCE),
    codes.HELD_OPEN: Rule(Grade.ANNOYANCE, (codes.SECURED,)),
    codes.REVERSE_FLOW: Rule(Grade.ANNOYANCE, (codes.REVERSE_FLOW_ENDED,)),
    codes.DRY: Rule(Grade.ANNOYANCE, (codes.DRY_ENDED,)),
    codes.VALVE_STALLED: Rule(Grade.ANNOYANCE, (codes.VALVE_OPENED, codes.VALVE_CLOSED)),
    codes.METER_ABSENT: Rule(Grade.ANNOYANCE, (codes.METER_RETURNED, codes.METER_REPLACED)),
    codes.BUTTON_STUCK: Rule(Grade.ANNOYANCE, (codes.BUTTON_FREE,)),
    codes.BATTERY_LOW: Rule(Grade.ANNOYANCE, (codes.BATTERY_RESTORED,)),
    codes.MAINS_FAILED: Rule(Grade.ANNOYANCE, (codes.MAINS_RESTORED,)),
    codes.CLOCK_LOST: Rule(Grade.ANNOYANCE),
    codes.SAFE_MODE: Rule(Grade.ANNOYANCE),
    codes.UPDATE_ROLLED_BACK: Rule(Grade.ANNOYANCE),
}
