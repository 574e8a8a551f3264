"""A site at work: its devices served over its ways."""

import os
from contextlib import suppress

from ..projections import Event
from ..registry import Enrolment
from ..site import Site
from ..ways import Way
from .clock import SystemClock
from .engine import Engine, Seen
from .service import Service


class RunningSite:
    """Serves the devices of `site`; `seen` hears of each message at once.

    SiteError: a device is enrolled on a way that the configuration does not have.
    """

    def __init__(self, site: Site, seen: Seen = lambda device, kind, fields, time_us: None) -> None:
        self.site = site
        self.clock = SystemClock(site.configuration.time_zone)
        self.ways: dict[str, Way] = {}
        for each in site.configuration.ways:
            way = each.open()
            self.ways[way.name] = way
        self.engine = Engine(
            site.community_key, site.journal, self.clock, os.urandom, site.keep, seen
        )
        self.service = Service(self.engine, site.journal, self.clock, list(self.ways.values()))
        # What is enrolled on a way that is not there now is reached on its others.
        self.missing: set[str] = set()
        for enrolment in site.registry.all():
            self._enrol(enrolment)

    async def run(self) -> None:
        """Serve until cancelled; WayError when a way cannot begin."""
        self.site.journal.start([self.site.keeper], self.service.on_durable)
        await self.service.run()

    def handle_incident(self, raised: Event, state: int, by: str, grade: int | None = None) -> int:
        """Write down what `by` has done about an alarm, and tell its device.

        Return the journal's position at which it is durable. KeyError: the alarm has been erased.
        A device that is not served, or has forgotten the alarm, is not told.
        """
        position = self.site.tell_incident(raised, state, by, self.clock.unix_us(), grade)
        with suppress(KeyError):
            self.engine.set_alarm_state(raised.device, raised.body["incident"], state)
            self.service.kick()
        return position

    async def erase(self, household: int, by: str, reason: str) -> None:
        """Erase a household; see `Site.erase`."""
        for device in self.site.homes.devices(household):
            self.engine.forget_incidents(device)
        await self.site.erase(household, by, reason, self.clock.unix_us())

    def _enrol(self, enrolment: Enrolment) -> None:
        here = [self.ways[name] for name in enrolment.ways if name in self.ways]
        self.missing.update(name for name in enrolment.ways if name not in self.ways)
        if here:
            bearers = [way.bearer() for way in here]
            self.engine.enrol(enrolment.device, bearers, enrolment.generation)
            for way in here:
                route = way.route(enrolment.device)
                if route is not None:
                    self.engine.fix_route(enrolment.device, way.name, route)
