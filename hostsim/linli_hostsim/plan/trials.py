"""The trials by which a design is judged: ordinary time, and an hour in which everybody presses.

In ordinary time alarms are too rare to know their latency. So alarms have a trial of their own, in
the busiest hours of the evening: each button is pressed once within the plan's window, at a random
time, after half an hour in which all devices have joined; small communities press several times.
Alarms wait for one another more than they ever should, so what holds then holds.
"""

import math
from dataclasses import dataclass
from datetime import datetime

from ..experiments.trial import Trial
from ..scenario import Plan, Scenario
from .targets import OF_ALARMS, REPORT_INTERVAL, Target

JOINED_H = 0.5
QUIET_H = 0.5
"""After the last press, so that what is late still arrives; the centre closes incidents by then."""

EVENING = 18, 30
"""So that alarms come from 19:00 on: doors are busiest from then to 21:00 (2025 study)."""

ENOUGH_ALARMS = 100
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Setting:
    """What a trial adds to a design's settings, and its hours; None for the scenario's."""

    settings: dict[str, object]
    hours: float | None

    def trial(self, scenario_toml: str, design: dict[str, object], seed: int) -> Trial:
        """Return the trial of a design's settings."""
        return Trial(scenario_toml, design | self.settings, seed, self.hours)


def is_simulated(target: Target) -> bool:
    """Tell whether a run of the community says something about `target`."""
    return target.figure not in ("availability", REPORT_INTERVAL)


def is_of_alarms(target: Target) -> bool:
    """Tell whether it takes the trial with many alarms."""
    return target.figure.startswith(OF_ALARMS)


def presses(scenario: Scenario) -> int:
    """Return how often each button is pressed in the trial of alarms."""
    buttons = sum(
        group.number(scenario.households) for group in scenario.devices if group.kind == "panic"
    )
    return min(max(math.ceil(ENOUGH_ALARMS / buttons), 1), _ROUNDS) if buttons else 0


def alarms(scenario: Scenario) -> Setting:
    """Return the trial of alarms."""
    plan: Plan = scenario.plan
    every_h = plan.alarm_window_min / 60 + QUIET_H
    rounds = presses(scenario)
    floods = [
        {"at_h": JOINED_H + number * every_h, "share": 1.0, "within_min": plan.alarm_window_min}
        for number in range(rounds)
    ]
    hour, minute = EVENING
    start: datetime = scenario.start.replace(hour=hour, minute=minute, second=0, microsecond=0)
    settings: dict[str, object] = {"start": start, "faults.alarm_floods": floods}
    return Setting(settings, JOINED_H + rounds * every_h)
