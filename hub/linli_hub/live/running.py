"""A site at work: its devices served over its ways."""

import os

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
