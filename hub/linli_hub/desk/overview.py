"""The site as a whole, and the fleet: open to everybody who may log in."""

from collections import Counter
from dataclasses import dataclass

from ..people import Permission, Person
from ..views.fleet import Member, fleet, tally
from ..views.incidents import open_count
from .subject import Subject

QUIET_US = 25 * 3600 * 1_000_000
"""A device of which nothing came for so long is quiet: what reports daily has an hour more."""


@dataclass(frozen=True, slots=True)
class SiteState:
    """How a site is at `time_us` (Unix µs).

    `devices` counts them by kind; `heard` those heard within `QUIET_US`; `faulty` those that tell
    of a fault. `open_incidents` is None for whoever may not see incidents, `waiting_proposals` for
    whoever may not propose. `troubles` are what is wrong with the hub itself, by the part of it;
    see `RunningSite.troubles`.
    """

    time_us: int
    devices: dict[str, int]
    heard: int
    faulty: int
    open_incidents: int | None
    waiting_proposals: int | None
    troubles: dict[str, str]


class Overview(Subject):
    """The site and its devices."""

    async def site(self, person: Person) -> SiteState:
        """Return how the site is."""
        self._allow(person, Permission.SEE_SITE)
        now_us = self._now_us()
        sees_incidents = self._may(person, Permission.SEE_INCIDENTS)
        sees_proposals = self._may(person, Permission.PROPOSE)
        counts = await self._read(lambda transaction: tally(transaction, now_us - QUIET_US))
        return SiteState(
            time_us=now_us,
            devices=dict(Counter(each.kind for each in self._site.registry.all())),
            heard=counts.heard,
            faulty=counts.faulty,
            open_incidents=await self._read(open_count) if sees_incidents else None,
            waiting_proposals=(
                len(self._site.proposals.waiting(now_us)) if sees_proposals else None
            ),
            troubles=self._running.troubles(),
        )

    async def fleet(self, person: Person) -> list[Member]:
        """Return all devices that are served, by address."""
        self._allow(person, Permission.SEE_SITE)
        return await self._read(fleet)
