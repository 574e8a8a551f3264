"""Incidents with their grades and clocks, from events, times without service and late alarms."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from linli_protocol import words

from .grades import BACK, CLOCKS, ENDS, RULES, Grade, Rule

LATE_S = 10.0
"""An alarm that takes longer to the hub means that the system is down; as the red threshold."""
ATTACK_PACKETS = 60
"""Packets refused as an attacker's that make an incident; our own figure."""

Span = tuple[float, float | None]
"""Beginning and end in hours; no end yet where that is None."""


class Verdict(Enum):
    """How a clock stands; UNKNOWN where nothing tells when it began or stopped."""

    MET = "met"
    MISSED = "missed"
    RUNNING = "running"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident; hours since the beginning, None where nobody knows.

    `stopped_h` has the clocks of its grade that events can stop, None those not stopped yet; those
    missing, nobody can tell.
    """

    grade: Grade
    what: str
    device: int | None
    start_h: float | None
    stopped_h: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """A device's event, by its code in linli_protocol.codes."""

    time_h: float
    device: int
    code: int


def verdicts(incident: Incident, now_h: float) -> dict[str, Verdict]:
    """Return how the clocks of an incident stand at `now_h`."""
    found = {}
    for clock, limit_h in CLOCKS[incident.grade].items():
        if incident.start_h is None or clock not in incident.stopped_h:
            found[clock] = Verdict.UNKNOWN
            continue
        stopped_h = incident.stopped_h[clock]
        elapsed_h = (now_h if stopped_h is None else stopped_h) - incident.start_h
        if elapsed_h > limit_h:
            found[clock] = Verdict.MISSED
        else:
            found[clock] = Verdict.RUNNING if stopped_h is None else Verdict.MET
    return found


def from_events(events: Iterable[Event], rules: Mapping[int, Rule] = RULES) -> list[Incident]:
    """Return the incidents that `events`, in the order of their times, began.

    An event that comes again before its end belongs to the same incident.
    """
    found: list[Incident] = []
    # What is not over: the place in `found` by device and the code of its beginning.
    under_way: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for event in events:
        own = under_way[event.device]
        for code in [code for code in own if event.code in rules[code].ended_by]:
            place = own.pop(code)
            stopped_h = {ENDS[rules[code].grade]: event.time_h}
            found[place] = replace(found[place], stopped_h=stopped_h)
        rule = rules.get(event.code)
        if rule is None or event.code in own:
            continue
        if rule.ended_by:
            own[event.code] = len(found)
        found.append(
            Incident(
                rule.grade,
                words.EVENTS[event.code],
                event.device,
                event.time_h,
                {ENDS[rule.grade]: None} if rule.ended_by else {},
            )
        )
    return found


def from_outages(outages: Iterable[Span]) -> list[Incident]:
    """Return an incident for each time without service: (beginning, end or None), hours."""
    return [
        Incident(Grade.DOWN, "no service", None, start_h, {BACK: end_h})
        for start_h, end_h in outages
    ]


def from_alarms(alarms: Iterable[Span], outages: Sequence[Span], now_h: float) -> list[Incident]:
    """Return incidents of late alarms: (press, at the hub or None), hours, in any order.

    Those that overlap are one incident. What overlaps a time without service belongs to that.
    """
    spans: list[Span] = []
    for raised_h, at_hub_h in sorted(alarms, key=lambda span: span[0]):
        age_h = (now_h if at_hub_h is None else at_hub_h) - raised_h
        if age_h * 3600 <= LATE_S or any(_overlap((raised_h, at_hub_h), one) for one in outages):
            continue
        if spans and _overlap(spans[-1], (raised_h, at_hub_h)):
            spans[-1] = spans[-1][0], max(spans[-1][1], at_hub_h, key=_or_never)
        else:
            spans.append((raised_h, at_hub_h))
    return [
        Incident(Grade.DOWN, "alarms late", None, start_h, {BACK: end_h})
        for start_h, end_h in spans
    ]


def _or_never(end_h: float | None) -> float:
    return math.inf if end_h is None else end_h


def _overlap(one: Span, other: Span) -> bool:
    return max(one[0], other[0]) < min(_or_never(one[1]), _or_never(other[1]))


def from_attacks(packets: int) -> list[Incident]:
    """Return the incident of so many refused packets of attackers; nobody knows when it began."""
    if packets < ATTACK_PACKETS:
        return []
    return [Incident(Grade.LEAK, "attack refused", None, None)]
