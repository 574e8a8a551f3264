"""One simulation run, from scenario to results."""

import gc
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from linli_protocol import codes

from .clockwork import US_PER_S, now_us
from .community import Community
from .replay.account import door_account, most_telling_day, water_account
from .replay.csv_rows import ReplayError
from .replay.doors import DoorReplay
from .replay.water import WaterReplay
from .residents import Residents
from .results import Results
from .scenario import Scenario, is_cohort

# A leak shows after a day without a dry hour, so a replayed day alone could not show one.
WATER_REPLAY_H = 48.0
# Hourly flow that hints at a leak when it never stops, for the choice of the day to replay.
SUSPECT_ML = 2_000

# How often a caller hears of the progress, in wall-clock seconds.
PROGRESS_S = 0.1
# Virtual time between looks at the wall clock.
STEP_US = 10 * US_PER_S

Progress = Callable[[int, int], None]


def run(
    scenario: Scenario,
    *,
    scenario_toml: str,
    seed: int | None = None,
    hours: float | None = None,
    start: datetime | None = None,
    water: Path | None = None,
    doors: Path | None = None,
    progress: Progress = lambda now, end: None,
) -> Results:
    """Simulate a community and return what happened.

    `seed`, `hours` and `start` (local time) are the scenario's unless given; but a replay of
    `water` begins on that file's most telling day and lasts 48 h. `doors` is the other file to
    replay. `progress(now_us, end_us)` is called some ten times a second. ReplayError when a file
    cannot be replayed.
    """
    begun_s = time.perf_counter()
    seed = scenario.seed if seed is None else seed
    inputs: dict[str, list[str]] = {}
    water_replay = door_replay = None
    if water is not None:
        if any(group.kind == "meter" and is_cohort(scenario, group) for group in scenario.devices):
            raise ReplayError(
                f'{water}: a cohort replays no water; these meters need fidelity = "twin"'
            )
        water_replay = WaterReplay.load(water)
        start = start or most_telling_day(water_replay, SUSPECT_ML)
        hours = hours or WATER_REPLAY_H
    if doors is not None:
        door_replay = DoorReplay.load(doors)
        inputs["doors"] = [doors.name, *door_account(door_replay)]
    start = start or scenario.start
    duration_s = round((hours or scenario.duration_h) * 3600)
    residents = Residents(scenario, seed, start, water_replay, door_replay)
    community = Community(scenario, seed, start, residents)
    _simulate(community, duration_s * US_PER_S, progress)
    if water is not None and water_replay is not None:
        inputs["water"] = [
            f"{water.name} from {start:%Y-%m-%d %H:%M}",
            *water_account(water_replay),
            *_leaks(community, residents),
        ]
    return Results.from_run(
        community.recorder,
        community.tracker.settled,
        scenario=scenario.name,
        scenario_toml=scenario_toml,
        seed=seed,
        duration_s=duration_s,
        events=community.events,
        inputs=dict(sorted(inputs.items())),
        wall_s=time.perf_counter() - begun_s,
    )


def _simulate(community: Community, end_us: int, progress: Progress) -> None:
    # The community is no garbage, and packets leave no cycles: looking for them is wasted time.
    gc.collect()
    gc.disable()
    try:
        community.start()
        told_s = time.perf_counter()
        while now_us(community.env) < end_us:
            community.env.run(until=min(now_us(community.env) + STEP_US, end_us))
            if time.perf_counter() - told_s >= PROGRESS_S:
                told_s = time.perf_counter()
                progress(now_us(community.env), end_us)
        community.finish()
    finally:
        gc.enable()


def _leaks(community: Community, residents: Residents) -> list[str]:
    """Return a line for each replayed household on the leak alarms of its meters."""
    rows = community.recorder.events
    leaking = {
        device for device, code in zip(rows[1::3], rows[2::3], strict=True) if code == codes.LEAK
    }
    lines = []
    for household, meters in sorted(residents.replayed.items()):
        alarmed = len(leaking.intersection(meters))
        lines.append(f"household {household}: leak alarm from {alarmed} of {len(meters)} meters")
    return lines
