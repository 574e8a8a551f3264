"""What a replayed file was like, in lines for people."""

from datetime import datetime, timedelta

from .csv_rows import Findings
from .doors import DoorReplay
from .water import WaterReplay


def _flaws(findings: Findings, what: str) -> list[str]:
    lines = []
    for flaw, finding in findings.items():
        named = ", ".join(map(str, finding.first_lines))
        more = ", …" if finding.rows > len(finding.first_lines) else ""
        lines.append(f"{finding.rows} rows {what}: {flaw.value} (lines {named}{more})")
    return lines


def water_account(replay: WaterReplay) -> list[str]:
    """Return lines on the households, the span and the dirty rows of a water file."""
    begin, end = replay.span
    return [
        f"{len(replay.households)} households, {begin:%Y-%m-%d} to {end:%Y-%m-%d}",
        *_flaws(replay.rejected, "left out"),
        *_flaws(replay.irregular, "used though odd"),
    ]


def door_account(replay: DoorReplay) -> list[str]:
    """Return lines on the days and the dirty rows of a file of door counts."""
    return [f"{len(replay.days)} days", *_flaws(replay.rejected, "left out")]


def most_telling_day(replay: WaterReplay, at_least_ml: int) -> datetime:
    """Return the first midnight within the longest run of hours of at least `at_least_ml` each.

    Where a leak is suspected, that is the day to begin a replay with.
    """
    spells = []
    for household in replay.households:
        try:
            spells.append(replay.longest_flow(household, at_least_ml))
        except ValueError:
            continue  # This household never used that much in any hour.
    if not spells:
        return datetime.combine(replay.first_common_day(), datetime.min.time())
    begin = max(spells, key=lambda spell: spell.readings).begin
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if begin == midnight else midnight + timedelta(days=1)
