"""The risk radar: the twelve indicators of the last day, and incidents by grade with their clocks.

What they are is docs/RISK.md's. Alarms, events and service are the log's; counts of packets are
those that this process remembers of the last day, taken for a whole day's when they are fewer
hours'.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..core.updates import Fate
from ..live.running import RunningSite
from ..live.traffic import Counts, Traffic, counted
from ..people import Permission, Person
from ..risk import incidents as risk
from ..risk.grades import CLOCKS, ENDS, Grade
from ..risk.incidents import Verdict
from ..risk.indicators import Reading, read
from ..risk.observed import INTRUSIONS, PATCH_DUE_H, Observed
from ..storage import Transaction
from ..views import risks
from ..views.fleet import Tally, tally
from .overview import QUIET_US
from .subject import Subject

_H_US = 3_600_000_000
_DAY_H = 24
SHOWN_US = 7 * 24 * _H_US
"""An incident that is over, or of which nobody can tell, is shown for so long."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One of an incident's clocks: it should stop at `due_us` (Unix µs; None: nobody knows)."""

    name: str
    limit_h: float
    verdict: Verdict
    due_us: int | None


@dataclass(frozen=True, slots=True)
class GradedIncident:
    """Something that went wrong, at `device` or (None) at the site; times in Unix µs.

    `ended_us` is None while it lasts, and where nothing tells that it is over: `is_open` is False
    for those.
    """

    grade: Grade
    what: str
    device: int | None
    begun_us: int | None
    ended_us: int | None
    is_open: bool
    clocks: tuple[Clock, ...]


@dataclass(frozen=True, slots=True)
class Radar:
    """How risky it is at `time_us`.

    `open` counts the incidents that last, by grade; `missed` those whose clock has run out before
    it stopped. `incidents` are the worst grade first, the newest first; None for whoever may not
    see incidents.
    """

    time_us: int
    readings: tuple[Reading, ...]
    open: dict[Grade, int]
    missed: dict[Grade, int]
    incidents: tuple[GradedIncident, ...] | None


@dataclass(frozen=True, slots=True)
class _Found:
    """What the database knows; `since_us` is when the hub first served."""

    alarms: Sequence[risks.Alarm]
    events: Sequence[risks.Watched]
    outages: Sequence[tuple[int, int]]
    since_us: int | None
    tally: Tally


class Watch(Subject):
    """Keeps an eye on the risks."""

    def __init__(self, running: RunningSite) -> None:
        super().__init__(running)
        self._traffic = Traffic(running.clock.now_ms())

    async def radar(self, person: Person) -> Radar:
        """Return the indicators and incidents of now."""
        self._allow(person, Permission.SEE_SITE)
        shows = self._may(person, Permission.SEE_INCIDENTS)
        if shows:
            await self._access(person, "radar")
        now_us = self._now_us()

        def query(transaction: Transaction) -> _Found:
            return _Found(
                risks.alarms(transaction, now_us - SHOWN_US),
                risks.watched(transaction, now_us - SHOWN_US),
                risks.outages(transaction),
                risks.served_since_us(transaction),
                tally(transaction, now_us - QUIET_US),
            )

        found = await self._read(query)
        counts, covered_h = self._traffic.grown(*self._counted())
        graded = [_graded(each, now_us) for each in _incidents(found, counts, now_us)]
        shown = [each for each in graded if _is_shown(each, now_us)]
        shown.sort(key=lambda each: (each.grade, -(each.begun_us or now_us)))
        devices = len(self._site.registry.all())
        seen = _observed(devices, found, counts, covered_h, *self._patches(now_us), now_us)
        return Radar(
            now_us,
            tuple(read(seen)),
            {grade: sum(each.grade is grade and each.is_open for each in shown) for grade in Grade},
            {
                grade: sum(each.grade is grade and _is_missed(each) for each in shown)
                for grade in Grade
            },
            tuple(shown) if shows else None,
        )

    def note_traffic(self) -> None:
        """Remember what came and went so far; for the desk's own loop."""
        if self._traffic.is_due(self._running.clock.now_ms()):
            self._traffic.note(*self._counted())

    def _counted(self) -> tuple[int, Counts]:
        running = self._running
        return running.clock.now_ms(), counted(running.engine.core, running.messages)

    def _patches(self, now_us: int) -> tuple[int, int]:
        """Return how many devices should run a new version by now, and how many of them do not."""
        fates = [
            transfer.fate
            for known in self._running.campaigns.all()
            if known.campaign is not None
            and now_us - known.undertaking.begun_us >= PATCH_DUE_H * _H_US
            for transfer in known.campaign.transfers.values()
        ]
        return len(fates), sum(fate is not Fate.RUNNING for fate in fates)


def _observed(
    devices: int,
    found: _Found,
    counts: Counts,
    covered_h: float,
    due: int,
    overdue: int,
    now_us: int,
) -> Observed:
    begin_us = now_us - _DAY_H * _H_US
    served_h = (now_us - (found.since_us or now_us)) / _H_US
    # A hub that has just begun would tell every single thing as many an hour.
    hours = min(max(served_h, 1.0), _DAY_H)
    alarms = [each for each in found.alarms if each.came_us >= begin_us]
    arrivals_s = [each.delay_us / 1e6 for each in alarms if each.delay_us is not None]
    return Observed(
        hours=hours,
        devices=devices,
        alarms=len(arrivals_s),
        missing=sum(delay_s > risk.LATE_S for delay_s in arrivals_s),
        arrivals_s=arrivals_s,
        answers_s=[
            (min(filter(None, (each.helped_us, each.closed_us)), default=now_us) - each.pressed_us)
            / 1e6
            for each in alarms
        ],
        outages_s=[
            (until_us - max(from_us, begin_us)) / 1e6
            for from_us, until_us in found.outages
            if until_us > begin_us
        ],
        offered=counts.messages + counts.lost,
        lost=counts.lost,
        retries=counts.retries,
        silent=devices - found.tally.heard,
        cells=found.tally.cells,
        cells_low=found.tally.cells_low,
        attacks=round(counts.attacks * hours / max(covered_h, 1.0)),
        intrusions=sum(
            each.code in INTRUSIONS and each.time_us >= begin_us for each in found.events
        ),
        patches_due=due,
        patches_overdue=overdue,
    )


def _incidents(found: _Found, counts: Counts, now_us: int) -> list[risk.Incident]:
    """Return all that went wrong; hours are those of Unix time."""
    outages = [(from_us / _H_US, until_us / _H_US) for from_us, until_us in found.outages]
    arrived = [
        (each.pressed_us / _H_US, each.came_us / _H_US)
        for each in found.alarms
        if each.delay_us is not None
    ]
    return [
        *risk.from_events(
            risk.Event(each.time_us / _H_US, each.device, each.code) for each in found.events
        ),
        *risk.from_outages(outages),
        *risk.from_alarms(arrived, outages, now_us / _H_US),
        *risk.from_attacks(counts.attacks),
        *_calls(found.alarms),
    ]


def _calls(alarms: Iterable[risks.Alarm]) -> list[risk.Incident]:
    """Return the calls for help that somebody has graded; closing one stops its clock."""
    return [
        risk.Incident(
            Grade(each.grade),
            "call for help",
            each.device,
            each.pressed_us / _H_US,
            {ENDS[Grade(each.grade)]: None if each.closed_us is None else each.closed_us / _H_US},
        )
        for each in alarms
        if each.grade is not None
    ]


def _graded(incident: risk.Incident, now_us: int) -> GradedIncident:
    begun_us = None if incident.start_h is None else round(incident.start_h * _H_US)
    end = ENDS[incident.grade]
    ended_h = incident.stopped_h.get(end)
    verdicts = risk.verdicts(incident, now_us / _H_US)
    return GradedIncident(
        incident.grade,
        incident.what,
        incident.device,
        begun_us,
        None if ended_h is None else round(ended_h * _H_US),
        end in incident.stopped_h and ended_h is None,
        tuple(
            Clock(
                name,
                limit_h,
                verdicts[name],
                None if begun_us is None else begun_us + round(limit_h * _H_US),
            )
            for name, limit_h in CLOCKS[incident.grade].items()
        ),
    )


def _by_grade(incidents: Iterable[GradedIncident]) -> dict[Grade, int]:
    counts = Counter(each.grade for each in incidents)
    return {grade: counts[grade] for grade in Grade}


def _is_shown(incident: GradedIncident, now_us: int) -> bool:
    last_us = incident.ended_us or incident.begun_us or now_us
    return incident.is_open or now_us - last_us <= SHOWN_US


def _is_missed(incident: GradedIncident) -> bool:
    return any(clock.verdict is Verdict.MISSED for clock in incident.clocks)
