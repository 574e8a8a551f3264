"""Calls for help as pages show them: how far each is, its clocks, and what can be done next."""

from collections.abc import Sequence
from dataclasses import dataclass

from linli_protocol import codes, words

from ....desk import CallForHelp
from ....risk.grades import CLOCKS, ENDS, Grade
from ..formats import address

_US_PER_H = 3600 * 1_000_000
HELP_WITHIN_H = 0.25
"""Somebody is to be on the way within this. Source: 2025 feasibility study, on-site response."""
HELP = "help on the way"

_LEVELS = {
    0: "raised",
    codes.RECEIVED: "received",
    codes.HELP_COMING: "coming",
    codes.CLOSED: "closed",
}
_SIGNS = {"raised": "bad", "received": "watch", "coming": "good", "closed": ""}


@dataclass(frozen=True, slots=True)
class Clock:
    """A time limit: `verdict` is "running", "soon" (a fifth is left), "missed" or "met".

    One that is missed runs on until it is stopped.
    """

    name: str
    due_us: int
    verdict: str
    is_running: bool


@dataclass(frozen=True, slots=True)
class Action:
    """What a button does: bring a call to `state`; `key` presses it."""

    name: str
    state: int
    key: str


@dataclass(frozen=True, slots=True)
class Step:
    """A state that was reached, `after_s` seconds after the alarm."""

    level: str
    time_us: int
    by: str
    after_s: float


@dataclass(frozen=True, slots=True)
class Call:
    """A call for help; `cause` is None when its alarm was erased."""

    alarm: int
    device: str
    place: str | None
    raised_us: int
    cause: str | None
    presses: int | None
    grade: str | None
    state: int
    steps: tuple[Step, ...]
    clocks: tuple[Clock, ...]

    @property
    def level(self) -> str:
        """How far it is: raised, received, coming, closed."""
        return _LEVELS[self.state]

    @property
    def sign(self) -> str:
        """How urgently that is to be looked at."""
        return _SIGNS[self.level]

    @property
    def is_open(self) -> bool:
        """Whether something is left to do."""
        return self.state < codes.CLOSED

    @property
    def answered_s(self) -> float | None:
        """How long it took until somebody took notice."""
        return self.steps[0].after_s if self.steps else None

    @property
    def actions(self) -> tuple[Action, ...]:
        """What to do next but closing it, the most likely first."""
        possible = (
            Action("acknowledge", codes.RECEIVED, "a"),
            Action("coming", codes.HELP_COMING, "e"),
        )
        return tuple(each for each in possible if each.state > self.state)


def call(found: CallForHelp, now_us: int) -> Call:
    """Return a call as it is shown at `now_us`."""
    incident = found.incident
    steps = tuple(
        Step(_LEVELS[each.state], each.time_us, each.by, (each.time_us - incident.raised_us) / 1e6)
        for each in incident.steps
    )
    return Call(
        alarm=incident.alarm,
        device=address(incident.device),
        place=found.place,
        raised_us=incident.raised_us,
        cause=None
        if found.cause is None
        else words.ALARM_CAUSES.get(found.cause, str(found.cause)),
        presses=found.presses,
        grade=None if incident.grade is None else str(incident.grade),
        state=incident.state,
        steps=steps,
        clocks=_clocks(found, now_us),
    )


def waiting(calls: Sequence[Call]) -> int:
    """Return how many calls nobody has taken notice of."""
    return sum(each.state == 0 for each in calls)


def urgent_first(calls: Sequence[Call]) -> list[Call]:
    """Return calls by how far they are, and those that have waited longest first."""
    return sorted(calls, key=lambda each: (each.state, each.raised_us))


def clock(name: str, begin_us: int, limit_h: float, stopped_us: int | None, now_us: int) -> Clock:
    """Return how a clock stands that began at `begin_us` and was stopped then, or not yet."""
    due_us = begin_us + round(limit_h * _US_PER_H)
    if (now_us if stopped_us is None else stopped_us) > due_us:
        verdict = "missed"
    elif stopped_us is not None:
        verdict = "met"
    else:
        verdict = "soon" if now_us > due_us - limit_h * _US_PER_H / 5 else "running"
    return Clock(name, due_us, verdict, stopped_us is None)


def _clocks(found: CallForHelp, now_us: int) -> tuple[Clock, ...]:
    incident = found.incident
    reached = {each.state: each.time_us for each in incident.steps}
    closed_us = reached.get(codes.CLOSED)
    # Who closed a call has answered it.
    helped_us = reached.get(codes.HELP_COMING, closed_us)
    clocks = [clock(HELP, incident.raised_us, HELP_WITHIN_H, helped_us, now_us)]
    if incident.grade is not None:
        grade = Grade(incident.grade)
        name = ENDS[grade]
        clocks.append(clock(name, incident.raised_us, CLOCKS[grade][name], closed_us, now_us))
    return tuple(clocks)
