"""An uplink returns: how long its backlog takes, and what live alarms and readings feel of it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiomqtt

from linli_hub.live.running import RunningSite
from linli_hub.site import Site

from ...failure import Failure
from ..broker import broker
from ..delays import Delays, delays
from . import community
from .community import Outage

_ALARMS_S = 5.0
_LOOK_S = 0.05
_LAST_S = 30.0

Progress = Callable[[str, int, int], None]
"""Takes what is done, how much of it, and of how much."""


@dataclass(frozen=True)
class Measured:
    """What an outage cost; the backlog has the site's beginnings, too, beside `rows`.

    Delays, by kind of row, are those from the journal to a client of the broker.
    """

    rows: int
    bytes_a_row: float
    written_rows_s: float
    backlog_rows: int
    caught_up_s: float
    catching_up: dict[str, Delays]
    afterwards: dict[str, Delays]

    @property
    def caught_up_rows_s(self) -> float:
        """How fast the backlog went."""
        return self.backlog_rows / self.caught_up_s


def measure(
    folder: Path, outage: Outage, pace: float, afterwards_s: float, progress: Progress
) -> Measured:
    """Have an outage in `folder`, and the uplink return; Failure when that cannot be measured."""
    with broker(folder) as server:
        port = server.port
        site = community.make_site(folder / "site", outage, port, pace)
        database = Path(site.configuration.database)
        empty = _size(database)
        began = time.monotonic()
        community.fill(site, outage, lambda done, of: progress("rows written", done, of))
        written_s = time.monotonic() - began
        configuration = site.configuration
        site.close()
        size = _size(database) - empty
        site = Site(configuration)
        try:
            watch = asyncio.run(_catch_up(site, outage, port, afterwards_s, progress))
        finally:
            site.close()
    return Measured(
        outage.rows,
        size / outage.rows,
        outage.rows / written_s,
        watch.backlog_rows,
        watch.caught_up_s,
        watch.delays(0.0, watch.caught_up_s),
        watch.delays(watch.caught_up_s, float("inf")),
    )


class _Watch:
    """When rows were written down, and when they arrived, seconds since the uplink returned."""

    def __init__(self) -> None:
        self.backlog_rows = 0
        self.caught_up_s = 0.0
        self._began = time.monotonic()
        self._written: dict[tuple[str, int], float] = {}
        self._arrived: dict[tuple[str, int], float] = {}

    def now(self) -> float:
        return time.monotonic() - self._began

    def written(self, kind: str, key: int) -> None:
        self._written[kind, key] = self.now()

    def arrived(self, kind: str, key: int) -> None:
        self._arrived.setdefault((kind, key), self.now())

    def waiting(self) -> int:
        return len(self._written.keys() - self._arrived.keys())

    def delays(self, begin_s: float, end_s: float) -> dict[str, Delays]:
        """Return the delays of what was written between, by kind."""
        found: dict[str, list[float]] = {}
        for which, at in self._written.items():
            if begin_s <= at < end_s:
                found.setdefault(which[0], []).append(self._arrived[which] - at)
        return {kind: delays(each) for kind, each in found.items()}


async def _catch_up(
    site: Site, outage: Outage, port: int, afterwards_s: float, progress: Progress
) -> _Watch:
    running = RunningSite(site)
    watch = _Watch()
    async with _watching(port, watch):
        works = [
            asyncio.create_task(running.run()),
            asyncio.create_task(_alarms(site, watch)),
            asyncio.create_task(
                community.live(site, outage, lambda volume_l: watch.written("readings", volume_l))
            ),
        ]
        try:
            watch.backlog_rows = site.journal.head.number
            await _until_caught_up(running, watch.backlog_rows, works, progress)
            watch.caught_up_s = watch.now()
            await asyncio.sleep(afterwards_s)
            for work in works[1:]:
                work.cancel()
            async with asyncio.timeout(_LAST_S):
                while watch.waiting():
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            raise Failure(f"{watch.waiting()} live rows have not arrived") from None
        finally:
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)
    return watch


async def _until_caught_up(
    running: RunningSite, last: int, works: list["asyncio.Task[None]"], progress: Progress
) -> None:
    assert running.uplink is not None
    forwarder = running.uplink.forwarder
    while forwarder.needed_from <= last:
        for work in works:
            if work.done():
                work.result()
        progress("rows sent", last - forwarder.waiting, last)
        await asyncio.sleep(_LOOK_S)


async def _alarms(site: Site, watch: _Watch) -> None:
    incident = 0
    while True:
        await asyncio.sleep(1 / _ALARMS_S)
        incident += 1
        watch.written("alarms", incident)
        site.journal.add(community.alarm(site, incident, time.time_ns() // 1000))


@asynccontextmanager
async def _watching(port: int, watch: _Watch) -> AsyncIterator[None]:
    """Hear live alarms and readings on the broker within."""
    async with aiomqtt.Client("127.0.0.1", port) as client:
        for kind in ("alarm", "readings"):
            await client.subscribe(f"linli/bench/log/{kind}/#", qos=1)
        task = asyncio.create_task(_listen(client, watch))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _listen(client: aiomqtt.Client, watch: _Watch) -> None:
    async for message in client.messages:
        row = json.loads(bytes(message.payload))
        if row["kind"] == "readings":
            watch.arrived("readings", row["body"]["volume_l"])
        elif row["body"]["incident"]:
            watch.arrived("alarms", row["body"]["incident"])


def _size(database: Path) -> int:
    return sum(each.stat().st_size for each in database.parent.glob(database.name + "*"))
