"""What a hub at work does for itself: retire what is past its term, archive, watch the disk.

All that reads or writes files is done in a thread of its own, and what changes the database goes
through the journal in small transactions, so that alarms and commands wait for none of it.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from ..archive import Archiver, archiver
from ..privacy import overdue, retire, sweep_done, swept
from ..site import Site
from ..storage import StorageError
from ..storage.opening import POSTGRES
from .disk import Disk, Room, look
from .engine import Clock, Engine
from .service import Service

# A clock that has gone forward further than this is not believed: keys do not come back.
_LEAP_DAYS = 40
_LOOK_S = 60.0
_DISK_LOOK_S = 5.0
# Before what failed is tried again.
_REST_S = 3600.0
_DAY_US = 86_400_000_000
_DAY_S = 86_400

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class UpkeepError(Exception):
    """Something must be decided by a person first; the message says what."""


class Upkeep:
    """Looks after `site`; `needed_from` is the first row that must not go to an archive yet.

    `trouble` is None, or why the last attempt failed; `disk` is how full the disk was found.
    """

    def __init__(
        self,
        site: Site,
        engine: Engine,
        service: Service,
        clock: Clock,
        needed_from: Callable[[], int | None] = lambda: None,
    ) -> None:
        self.trouble: str | None = None
        self.disk: Disk | None = None
        self._site = site
        self._settings = site.configuration.upkeep
        self._engine = engine
        self._service = service
        self._clock = clock
        self._needed_from = needed_from
        self._stopping = threading.Event()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="upkeep")

    async def run(self) -> None:
        """Retire what is past its term now, and do all that is to do every day; until cancelled."""
        watching = asyncio.create_task(self._watch_disk())
        day = None
        try:
            while True:
                today = self._day()
                work = self.retire if day is None else self.daily
                if today == day:
                    await asyncio.sleep(_LOOK_S)
                elif await self._attempt(work):
                    day = today
                else:
                    await asyncio.sleep(_REST_S)
        finally:
            watching.cancel()
            self._stopping.set()
            await asyncio.to_thread(self._executor.shutdown)

    async def daily(self) -> None:
        """Retire, and archive; in a cluster not, whose other nodes would lack the files."""
        await self.retire()
        if self._site.configuration.cluster is None:
            await self.archive()

    async def retire(self) -> None:
        """Destroy the keys that are past their terms.

        UpkeepError: the clock cannot be believed. StorageError: the database fails.
        """
        site, now_us = self._site, self._clock.unix_us()
        last_us = swept(site.journal)
        if last_us is not None and now_us - last_us > _LEAP_DAYS * _DAY_US:
            days = (now_us - last_us) // _DAY_US
            raise UpkeepError(
                f"the clock is {days} days after what was last past its term was looked for: "
                "if it is right, stop the hub and run linli hub retire"
            )
        batches = await self._aside(partial(overdue, site.journal, now_us))
        for keys in batches:
            await self._durable(retire(keys, now_us, site.journal, site.vault))
        sweep_done(site.journal, now_us)
        if batches:
            await self._forget_incidents({key.subject for keys in batches for key in keys})
            await self._aside(site.tidy)
            _log.info("%d data keys were past their terms", sum(map(len, batches)))

    async def archive(self) -> None:
        """Move old rows to archives in whole files, but for what the uplink has still to send.

        StorageError when that cannot be, for want of room, too.
        """
        if self.disk is not None and self.disk.room is Room.RESERVE:
            raise StorageError("archiving waits for room on the disk")
        site, now_us = self._site, self._clock.unix_us()
        work = Archiver(
            site.database, site.journal, site.configuration.archive, self._stopping.is_set
        )
        made = await self._aside(
            partial(
                work.run,
                now_us - self._settings.archive_after_days * _DAY_US,
                now_us,
                needed_from=self._needed_from(),
                least=archiver.ROWS_PER_FILE,
            )
        )
        for archive in made:
            _log.info("archived: %s", archive.name)

    async def _forget_incidents(self, subjects: set[str]) -> None:
        """Have the core forget alarms that are past their term, so that none of it is left."""
        site = self._site
        devices = site.devices_of_health(subjects)
        known = {device: self._engine.known_incidents(device) for device in devices}
        await self._durable(site.journal.position)
        for device in await self._aside(partial(site.without_alarms, devices)):
            # Another one may have come meanwhile.
            if self._engine.known_incidents(device) == known[device]:
                self._engine.forget_incidents(device)
                site.forget_incidents(device)

    async def _watch_disk(self) -> None:
        configuration, settings = self._site.configuration, self._settings
        archive = configuration.archive
        while True:
            # There is no archive before the first.
            folders = [archive if archive.exists() else archive.parent]
            if not configuration.database.startswith(POSTGRES):
                folders.append(Path(configuration.database).parent)
            try:
                self.disk = await asyncio.to_thread(
                    look, folders, settings.warn_free_mb, settings.reserve_mb
                )
            except OSError as error:
                _log.warning("%s: %s", error.filename, error.strerror)
            else:
                self._engine.in_reserve = self.disk.room is Room.RESERVE
            await asyncio.sleep(_DISK_LOOK_S)

    async def _attempt(self, work: Callable[[], Awaitable[object]]) -> bool:
        try:
            await work()
        except (UpkeepError, StorageError) as error:
            self.trouble = str(error)
        except Exception:
            _log.exception("upkeep failed")
            self.trouble = "upkeep failed in a way that nobody thought of: see the hub's log"
        else:
            self.trouble = None
        return self.trouble is None

    async def _durable(self, position: int) -> None:
        if not await self._service.durable(position):
            raise StorageError(self._site.journal.trouble or "the database fails")

    async def _aside(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def _day(self) -> int:
        """Return the number of the day that began at the hour of upkeep, local time."""
        local_s = self._clock.unix_us() // 1_000_000 + self._clock.utc_offset_min() * 60
        return (local_s - self._settings.hour * 3600) // _DAY_S
