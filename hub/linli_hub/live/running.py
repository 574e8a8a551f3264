"""A site at work: its devices served over its ways."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from linli_protocol import words
from linli_protocol.types import Fields

from .. import term
from ..journal import Projection
from ..projections import Event
from ..registry import ENROLLED, RETIRED, Enrolment
from ..site import Site, SiteError
from ..views.risks import SERVING
from ..ways import Way
from . import leadership
from .answers import Answers
from .campaigns import Campaigns
from .clock import SystemClock
from .door_lists import DoorLists
from .engine import Engine, Seen
from .leaving import Leaving
from .logs import watch
from .service import Service
from .upkeep import Upkeep
from .uplink import Bridge, Uplink

COMMAND = "command"
"""The kind of a record of a command: `device`, `command`, `number`, `argument`, `by`."""
DECOMMISSION = "decommission"
"""What such a record has for `command` when a device is to destroy what it holds."""


# The word of one device, whose key may have been stolen: it ends nothing.
_SUPERSEDED = "a device says that a hub began to serve this site later: does another one serve?"
# A commit that takes longer is told as trouble.
_SLOW_COMMIT_S = 2.0


class LostError(Exception):
    """This hub serves its site no more; the message says why."""


class Sent(NamedTuple):
    """A command's `number`, which its result has, and the journal's position of its record."""

    number: int
    position: int


class RunningSite:
    """Serves the devices of `site`, whose journal it starts; `seen` hears of each message at once.

    `messages` counts those taken in. `missing` are the ways that devices are enrolled on and the
    configuration does not have. `projections` hear of rows in their transaction, and `after_commit`
    are called in the loop after it. SiteError and SettingsError: the uplink cannot be as it is
    configured.
    """

    def __init__(self, site: Site, seen: Seen = lambda device, kind, fields, time_us: None) -> None:
        self.site = site
        self.clock = SystemClock(site.configuration.time_zone)
        self.ways: dict[str, Way] = {}
        for each in site.configuration.ways:
            way = each.open()
            self.ways[way.name] = way
        self.messages = 0
        self.projections: list[Projection] = [site.keeper]
        self.answers = Answers()
        self._leaving = Leaving(site.journal)
        self._seen = seen
        self.term = term.begin(site.journal)
        self.engine = Engine(
            site.community_key,
            site.journal,
            self.clock,
            os.urandom,
            site.keep,
            self._hear,
            self.term,
        )
        self.doors = DoorLists(site, self.engine, self.clock)
        self.campaigns = Campaigns(site, self.engine, self.clock)
        self.uplink = Uplink(self._bridge) if site.configuration.mqtt else None
        self.after_commit: list[Callable[[], None]] = [self.uplink.wake] if self.uplink else []
        self.service = Service(
            self.engine,
            site.journal,
            self.clock,
            list(self.ways.values()),
            self._committed,
        )
        self.upkeep = Upkeep(site, self.engine, self.service, self.clock, self._needed_from)
        self.missing: set[str] = set()
        for enrolment in site.registry.all():
            self._enrol(enrolment)
            self._leaving.resume(enrolment.device, self.clock.now_ms())
        self.campaigns.resume()
        site.journal.start(self.projections, self.service.on_durable)

    async def run(self) -> None:
        """Serve until cancelled.

        LostError: another hub serves, or this one can remember nothing any more. WayError: a way
        cannot begin.
        """
        cluster = self.site.configuration.cluster
        body = {
            "last_us": self._last_us(),
            "term": self.term,
            "node": cluster.node if cluster else None,
        }
        self.site.tell(SERVING, body, self.clock.unix_us())
        works = [self.upkeep.run(), watch(self.troubles)]
        if self.uplink is not None:
            works.append(self.uplink.run())
        if cluster is not None:
            works.append(leadership.give_away(self.site, cluster))
        beside = [asyncio.create_task(work) for work in works]
        serving = asyncio.create_task(self.service.run())
        lost = asyncio.create_task(leadership.lost(self.site))
        try:
            await asyncio.wait((serving, lost), return_when=asyncio.FIRST_COMPLETED)
            if lost.done():
                raise LostError(lost.result())
            await serving
        finally:
            tasks = [lost, serving, *beside]
            for each in tasks:
                each.cancel()
            await asyncio.wait(tasks)

    def troubles(self) -> dict[str, str]:
        """Return what is wrong at the moment, by the part of the hub that it is with."""
        disk = self.upkeep.disk
        found = {
            "database": self.site.journal.trouble or self._delay(),
            "disk": disk.trouble if disk else None,
            "upkeep": self.upkeep.trouble,
            "uplink": self.uplink.trouble if self.uplink else None,
            "term": _SUPERSEDED if self.engine.core.superseded else None,
        }
        return {part: why for part, why in found.items() if why is not None}

    def command(
        self, device: int, operation: int, lifetime_s: int, by: str, argument: int | None = None
    ) -> Sent:
        """Write down a command and send it; KeyError: no such device is served."""
        number = self.engine.command(device, operation, lifetime_s, argument)
        return self._sent(device, words.COMMANDS[operation], number, argument, by)

    def decommission(self, device: int, lifetime_s: int, by: str) -> Sent:
        """Have a device destroy what it holds; once it has said so, it is retired.

        KeyError: no such device is served.
        """
        number = self.engine.decommission(device, lifetime_s)
        self._leaving.begin(device, number, by)
        return self._sent(device, DECOMMISSION, number, None, by)

    def handle_incident(self, raised: Event, state: int, by: str, grade: int | None = None) -> int:
        """Write down what `by` has done about an alarm, and tell its device.

        Return the journal's position at which it is durable. KeyError: the alarm has been erased.
        A device that is not served, or has forgotten the alarm, is not told.
        """
        position = self.site.tell_incident(raised, state, by, self.clock.unix_us(), grade)
        with suppress(KeyError):
            self.engine.set_alarm_state(raised.device, raised.body["incident"], state)
            self.engine.hold(raised.device)
            self.service.kick()
        return position

    def enrol(self, enrolment: Enrolment, by: str) -> int:
        """Serve a device from now on; return the journal's position of the record.

        One that is served already begins anew, with other keys or other ways.
        """
        body = {
            "device": enrolment.device,
            "kind": enrolment.kind,
            "generation": enrolment.generation,
            "ways": enrolment.ways,
            "by": by,
        }
        position = self.site.tell(ENROLLED, body, self.clock.unix_us())
        self._leaving.forget(enrolment.device)
        self._enrol(enrolment)
        return position

    def retire(self, device: int, by: str) -> int:
        """Serve a device no more; return the journal's position of the record."""
        position = self.site.tell(RETIRED, {"device": device, "by": by}, self.clock.unix_us())
        self._leaving.forget(device)
        self.engine.retire(device)
        return position

    def retire_gone(self) -> None:
        """Retire the devices that have left; see `decommission`."""
        for device, by in self._leaving.gone(self.clock.now_ms()):
            self.retire(device, by)

    async def erase(self, household: int, by: str, reason: str) -> None:
        """Erase a household; see `Site.erase`."""
        for device in self.site.homes.devices(household):
            self.engine.forget_incidents(device)
        self.doors.give_up(self.site.homes.holders(household), by)
        self.service.kick()
        await self.site.erase(household, by, reason, self.clock.unix_us())

    def _delay(self) -> str | None:
        waiting_s = self.site.journal.committing_s
        if waiting_s < _SLOW_COMMIT_S:
            return None
        whom = "standby" if self.site.configuration.cluster else "disk"
        return f"nothing is acknowledged: a commit has waited {waiting_s:.0f} s for the {whom}"

    def _last_us(self) -> int:
        """Return the time of the log's last row; 0 when it has none."""
        with self.site.database.reading() as transaction:
            rows = self.site.log.page(transaction, self.site.journal.head.number - 1, 1)
        return rows[-1].record.time_us if rows else 0

    def _hear(self, device: int, kind: int, fields: Fields, time_us: int) -> None:
        self.messages += 1
        self.answers.take(device, kind, fields)
        self._leaving.take(device, kind, fields, self.clock.now_ms())
        self.doors.take(device, kind, fields)
        self._seen(device, kind, fields, time_us)

    def _sent(self, device: int, command: str, number: int, argument: int | None, by: str) -> Sent:
        body = {
            "device": device,
            "command": command,
            "number": number,
            "argument": argument,
            "by": by,
        }
        position = self.site.tell(COMMAND, body, self.clock.unix_us())
        self.engine.hold(device)
        self.service.kick()
        return Sent(number, position)

    def _committed(self) -> None:
        for call in self.after_commit:
            call()

    def _needed_from(self) -> int | None:
        return self.uplink.forwarder.needed_from if self.uplink else None

    def _bridge(self) -> Bridge:
        """Return the uplink's bridge; SiteError when what it needs is not installed."""
        try:
            from ..northbound.mqtt.bridge import Bridge as MqttBridge
        except ImportError as error:
            raise SiteError("[mqtt] needs more than is installed: linli[hub]") from error
        site, settings = self.site, self.site.configuration.mqtt
        assert settings is not None

        def command(device: int, operation: int, lifetime_s: int) -> None:
            self.command(device, operation, lifetime_s, f"broker of {settings.site}")

        return MqttBridge(
            settings,
            site.database,
            site.journal,
            site.vault,
            self.clock.unix_us,
            command,
            site.log.page,
        )

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
            self.doors.serve(enrolment.device)
