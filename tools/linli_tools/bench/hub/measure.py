"""One hub under load, from its first connection to what its database holds in the end."""

import os
import resource
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from linli_hub.site import read_key
from linli_hub.storage import open_to_read
from linli_protocol import messages
from linli_protocol.catalogue import KINDS

from ...failure import Failure
from ..broker import broker
from ..delays import Delays, delays
from ..server import Server, free_port
from .dashboard import Dashboard
from .device import Device
from .flatness import Trend, trend
from .load import Client, Load, Offered, Window
from .mosquitto import PERSISTENT, Publisher
from .process import hub
from .site import make_site

Progress = Callable[[str, int, int], None]
"""Takes what is done, how much of it, and of how much."""

OUTSTANDING = 2000
"""Packets on their way while it is measured how fast they can go."""
_FILES_BESIDE = 64
_SYNCS = 100
_SEEN_S = 10.0
_FASTEST_S = 30.0
# One a minute of half an hour.
_SAMPLES = 30


@dataclass(frozen=True)
class Sample:
    """A window of the load: its end in s since the load began, memory, CPU, delays of packets.

    Of alarms: until they were acknowledged, and until a dashboard showed them.
    """

    at_s: float
    memory: int
    cores: float
    acknowledged: Delays
    alarms: Delays
    seen: Delays


@dataclass(frozen=True)
class Peer:
    """What Mosquitto did with as many clients and bytes, as fast as it could."""

    packets_s: float
    cpu_us_a_packet: float
    memory: int
    acknowledged: Delays


@dataclass(frozen=True)
class Found:
    """What was measured of the hub; memory in bytes, `cores` those that were busy for it.

    `rows` were added to the log while packets were `acknowledged` of which `unanswered` were not.
    """

    compiled: bool
    devices: int
    rate: float
    seconds: float
    sync_s: float
    joined_s: float
    memory_empty: int
    memory_joined: int
    memory_most: int
    sent: int
    unanswered: int
    late_s: float
    sent_by_kind: dict[str, int]
    bytes_a_packet: float
    cores: float
    cpu_us_a_packet: float
    acknowledged: Delays
    alarms: Delays
    seen: Delays
    unseen: int
    most_packets_s: float
    most_cpu_us_a_packet: float
    rows: int
    rows_expected: int
    database_bytes: int
    samples: list[Sample]
    trends: dict[str, Trend | None]
    mosquitto: Peer | None


def measure(
    folder: Path,
    devices: int,
    rate: float,
    seconds: float,
    beside: bool,
    compiled: Path | None,
    progress: Progress,
) -> Found:
    """Load a hub in `folder`; `beside`: a Mosquitto after it. Failure when that cannot be.

    `compiled`: see `process.hub`.
    """
    _allow_files(devices + _FILES_BESIDE)
    sync_s = _sync_s(folder)
    empty = _memory_empty(folder / "empty", compiled)
    progress("enrolled", 0, devices)
    port, web_port = free_port(), free_port()
    config = make_site(folder / "site", devices, port, web_port)
    key = read_key(config.with_name("community.key"))
    database = config.with_name("hub.db")
    rows_before = _rows(database)
    clients = [Device(key, index) for index in range(devices)]
    with hub(config, port, compiled) as process:
        began = time.monotonic()
        with closing(Load(port, clients, messages.ALARM)) as load:
            load.settle(lambda done, of: progress("devices joined", done, of))
            joined_s, joined = time.monotonic() - began, process.taken()
            with Dashboard(web_port) as dashboard:
                load.raised = lambda client, due: dashboard.raised(clients[client].address, due)
                watch = _Watch(process, dashboard, progress, seconds)
                before = process.taken()
                offered = load.offer(rate, seconds, seconds / _SAMPLES, watch.window)
                after = process.taken()
                watch.await_seen(_SEEN_S)
                unseen = dashboard.unseen()
                load.raised = None
                progress("as fast as it goes", 0, 1)
                most, most_cpu_s = _saturated(load, process, seconds)
        memory_most = max(process.taken().memory, *(each.memory for each in watch.samples))
    length = offered.bytes / max(offered.sent, 1)
    peer = None
    if beside:
        progress("Mosquitto", 0, 1)
        peer = _mosquitto(folder, devices, round(length), seconds)
    cpu_s = after.cpu_s - before.cpu_s
    waits = np.concatenate([each.delays for each in offered.windows])
    alarms = np.concatenate([each.alarms for each in offered.windows])
    times = [each.at_s for each in watch.samples]
    return Found(
        compiled=compiled is not None,
        devices=devices,
        rate=rate,
        seconds=offered.seconds,
        sync_s=sync_s,
        joined_s=joined_s,
        memory_empty=empty,
        memory_joined=joined.memory,
        memory_most=memory_most,
        sent=offered.sent,
        unanswered=offered.unanswered,
        late_s=offered.latest_s,
        sent_by_kind={
            KINDS[kind].name: count for kind, count in sorted(offered.sent_by_kind.items())
        },
        bytes_a_packet=length,
        cores=cpu_s / offered.seconds,
        cpu_us_a_packet=1e6 * cpu_s / max(offered.acknowledged, 1),
        acknowledged=delays(waits),
        alarms=delays(alarms),
        seen=delays([delay for _, delay in dashboard.delays]),
        unseen=unseen,
        most_packets_s=most.acknowledged / most.seconds,
        most_cpu_us_a_packet=1e6 * most_cpu_s / max(most.acknowledged, 1),
        rows=_rows(database) - rows_before,
        # A packet makes one row, and so does each device's hello.
        rows_expected=devices + offered.acknowledged + most.acknowledged,
        database_bytes=sum(each.stat().st_size for each in database.parent.glob("hub.db*")),
        samples=watch.samples,
        trends={
            "memory": trend(times, [float(each.memory) for each in watch.samples]),
            "acknowledged, p50": trend(times, [each.acknowledged.p50_s for each in watch.samples]),
            "acknowledged, p99": trend(times, [each.acknowledged.p99_s for each in watch.samples]),
            "alarm acknowledged, p99": trend(times, [each.alarms.p99_s for each in watch.samples]),
        },
        mosquitto=peer,
    )


class _Watch:
    """Takes a sample at the end of each window."""

    def __init__(
        self, process: Server, dashboard: Dashboard, progress: Progress, seconds: float
    ) -> None:
        self.samples: list[Sample] = []
        self._process = process
        self._dashboard = dashboard
        self._progress = progress
        self._seconds = seconds
        self._began = self._since = time.monotonic()
        self._cpu_s = process.taken().cpu_s

    def window(self, window: Window) -> None:
        """Hear that a window has ended."""
        now, taken = time.monotonic(), self._process.taken()
        seen = [delay for at, delay in self._dashboard.delays if self._since <= at < now]
        self.samples.append(
            Sample(
                now - self._began,
                taken.memory,
                (taken.cpu_s - self._cpu_s) / (now - self._since),
                delays(window.delays),
                delays(window.alarms),
                delays(seen),
            )
        )
        self._since, self._cpu_s = now, taken.cpu_s
        self._progress("load", round(now - self._began), round(self._seconds))

    def await_seen(self, seconds: float) -> None:
        """Wait until the dashboard has seen all alarms, for so long at most."""
        end = time.monotonic() + seconds
        while self._dashboard.unseen() and time.monotonic() < end:
            time.sleep(0.01)


def _saturated(load: Load, process: Server, seconds: float) -> tuple[Offered, float]:
    before = process.taken().cpu_s
    most = load.saturate(OUTSTANDING, min(seconds, _FASTEST_S))
    return most, process.taken().cpu_s - before


def _memory_empty(folder: Path, compiled: Path | None) -> int:
    """Return the memory of a hub that serves nobody."""
    port = free_port()
    config = make_site(folder, 0, port, free_port())
    with hub(config, port, compiled) as process:
        return process.taken().memory


def _mosquitto(folder: Path, devices: int, length: int, seconds: float) -> Peer:
    clients: Sequence[Client] = [Publisher(index, length) for index in range(devices)]
    with broker(folder, PERSISTENT) as process, closing(Load(process.port, clients)) as load:
        load.settle(lambda done, of: None)
        most, cpu_s = _saturated(load, process, seconds)
        memory = process.taken().memory
    return Peer(
        most.acknowledged / most.seconds,
        1e6 * cpu_s / max(most.acknowledged, 1),
        memory,
        delays(np.concatenate([each.delays for each in most.windows])),
    )


def _rows(database: Path) -> int:
    opened = open_to_read(str(database))
    with closing(opened), opened.reading() as transaction:
        ((count,),) = transaction.query("SELECT COUNT(*) FROM log WHERE kind = 'message'")
    return int(count)


def _sync_s(folder: Path) -> float:
    """Return how long the folder's disk takes to have a few bytes for sure."""
    path = folder / "sync"
    with path.open("wb", buffering=0) as file:
        began = time.monotonic()
        for _ in range(_SYNCS):
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
        took_s = time.monotonic() - began
    path.unlink()
    return took_s / _SYNCS


def _allow_files(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        raise Failure(f"{count} open files are needed, the system allows {hard}: see ulimit -Hn")
    if soft != resource.RLIM_INFINITY and soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
