"""Rounds of faults on a cluster that devices and operators use all the time."""

import asyncio
import random
import shutil
import ssl
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from itertools import islice
from math import inf
from pathlib import Path

import httpx

from linli_hub.storage import standbys
from linli_tools.cluster import layout, making
from linli_tools.cluster.local import LocalCluster, LocalNode, addresses, settle
from local_cluster import as_node

from . import faults, story
from .figures import Alarm, alarms
from .operators import ADMIN, PASSWORD, Desk
from .records import DEVICES, LOG, OPERATORS, ROUNDS, Records, read
from .world import World

NODES = 4
CLUSTER = "cluster"
# A fault that lasts does so for some time between: for less than a leader's lease, or for more.
_LASTS_S = 2.0, 35.0
_REST_S = 0.5, 3.0
# So long all nodes are waited for; and so long those that can serve, else the campaign is over.
_ENOUGH_S = 120.0
_PATIENCE_S = 300.0
_LOOK_S = 0.5
# All devices have joined, and been heard.
_FIRST_CALLS_S = 7.0
# Where a hub serves, no call waits longer: devices find it within 15 s, and repeat within 45 s.
_ANSWERED_S = 60.0


class StuckError(Exception):
    """The cluster has not come together again, or has and leaves calls unanswered."""


class Campaign:
    """The campaign whose records come to `folder`; without `world`, on the loopback."""

    def __init__(self, folder: Path, world: World | None, tell: Callable[[str], None]) -> None:
        self._world = world
        self._tell = tell
        self._folder = folder
        nodes = addresses(NODES) if world is None else world.nodes
        place = folder / CLUSTER
        making.local(place, nodes, ADMIN, PASSWORD, time.time_ns() // 1000)
        prefixes = [] if world is None else [world.prefix(each) for each in nodes]
        self._cluster = LocalCluster(layout.read(place), place, prefixes)
        self._known = as_node(self._cluster.nodes[0])
        self._hosts = [each.host for each in nodes]
        self._rounds = Records(folder / ROUNDS)

    async def run(self, rounds: int, seed: int, kinds: dict[str, faults.Fault]) -> None:
        """Let faults of `kinds` happen, about as often each; StuckError, with what is recorded."""
        try:
            await self._run(rounds, seed, kinds)
        finally:
            # What is on the nodes' disks goes with the world.
            for log in (self._folder / CLUSTER).glob("*/*.log"):
                shutil.copy(log, self._folder / f"{log.parent.name}-{log.name}")

    async def _run(self, rounds: int, seed: int, kinds: dict[str, faults.Fault]) -> None:
        drawn = random.Random(seed)
        async with _beside(self._cluster.run()):
            await settle(self._cluster, self._tell)
            desk = Desk(Records(self._folder / OPERATORS), self._hosts)
            await desk.open()
            async with self._devices(), _beside(desk.work()), _beside(self._watch(desk)):
                await asyncio.sleep(_FIRST_CALLS_S)
                self._rounds.add("begun", seed=seed)
                for number, kind in enumerate(islice(_deck(drawn, kinds), rounds), 1):
                    await self._round(number, kind, kinds[kind], drawn)
                self._rounds.add("over")
                await self._until_answered()
            leader = await self._until_whole()
            rows = await asyncio.to_thread(
                story.keep, leader.folder / "hub.toml", self._folder / LOG
            )
            self._tell(f"the log's chain is whole: {rows} rows")
            await desk.close()

    async def _round(
        self, number: int, kind: str, fault: faults.Fault, drawn: random.Random
    ) -> None:
        await self._until_answered()
        leader = await self._until_whole()
        await asyncio.sleep(drawn.uniform(*_REST_S))
        lasts_s = drawn.uniform(*_LASTS_S)
        scene = faults.Scene(self._cluster, self._world, leader, drawn, lasts_s)
        began_s = time.monotonic()
        self._rounds.add("fault", number=number, kind=kind, leader=leader.node.name)
        self._rounds.sync()
        try:
            await fault(scene)
            if scene.heal:
                await asyncio.sleep(scene.lasts_s)
        finally:
            for heal in scene.heal:
                await asyncio.to_thread(heal)
        healed_s = time.monotonic()
        after = await self._until_whole()
        whole_s = time.monotonic()
        self._rounds.add(
            "round",
            number=number,
            kind=kind,
            began_s=began_s,
            healed_s=healed_s,
            whole_s=whole_s,
            leader=leader.node.name,
            leader_after=after.node.name,
        )
        self._rounds.sync()
        self._tell(
            f"round {number}: {kind}, for {healed_s - began_s:.1f} s; {leader.node.name} led, "
            f"{after.node.name} leads; whole after {whole_s - began_s:.1f} s"
        )

    async def _until_answered(self) -> None:
        """Wait until all calls so far are acknowledged; StuckError when that takes too long."""
        began_s = time.monotonic()
        while time.monotonic() < began_s + _ANSWERED_S:
            calls = await asyncio.to_thread(self._calls)
            if all(each.acknowledged_s < inf for each in calls if each.raised_s < began_s):
                return
            await asyncio.sleep(_LOOK_S)
        raise StuckError(f"after {_ANSWERED_S:.0f} s not all calls are acknowledged")

    def _calls(self) -> list[Alarm]:
        return alarms(read(self._folder / DEVICES))

    async def _until_whole(self) -> LocalNode:
        """Wait until all nodes do their part, or at least enough do; return the one that leads."""
        began_s = time.monotonic()
        while (waited_s := time.monotonic() - began_s) < _PATIENCE_S:
            leader, lacking = await asyncio.to_thread(self._lacking)
            if leader is not None and not lacking:
                return leader
            if leader is not None and waited_s > _ENOUGH_S:
                self._rounds.add("not whole", lacking=lacking)
                self._tell(f"after {waited_s:.0f} s still not there: {', '.join(lacking)}")
                return leader
            await asyncio.sleep(_LOOK_S)
        raise StuckError(f"after {_PATIENCE_S:.0f} s nobody serves: {', '.join(lacking)}")

    def _lacking(self) -> tuple[LocalNode | None, list[str]]:
        """Return who leads with a copy and a hub, and what is not as it should be."""
        leader = self._cluster.leader()
        lacking = [
            f"etcd of {each.name}"
            for each in self._cluster.layout.voters
            if not _answers(f"https://{each.host}:2379/health", self._known)
        ]
        if leader is None:
            return None, [*lacking, "a leader"]
        copies = standbys(leader.database())
        if copies < NODES - 1:
            lacking.append(f"{NODES - 1 - copies} standbys")
        serves = _answers(f"http://{leader.node.host}:8431/readyz")
        if not serves:
            lacking.append(f"hub of {leader.node.name}")
        return leader if copies and serves else None, lacking

    async def _watch(self, desk: Desk) -> None:
        """Record whose hub answers, whenever that changes."""
        known: list[int] | None = None
        while True:
            found = await desk.serving()
            if found != known:
                self._rounds.add("serving", nodes=found)
                known = found
            await asyncio.sleep(_LOOK_S)

    @asynccontextmanager
    async def _devices(self) -> AsyncIterator[None]:
        """Have the devices live within."""
        prefix = [] if self._world is None else self._world.devices_prefix()
        key = self._cluster.nodes[0].folder / "community.key"
        command = [sys.executable, "-m", f"{__package__}.devices", str(self._folder), str(key)]
        with (self._folder / "devices.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *prefix, *command, *self._hosts, stdout=log, stderr=log
            )
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            if await process.wait():
                raise RuntimeError(f"the devices failed: {self._folder / 'devices.log'}")


def _deck(drawn: random.Random, kinds: dict[str, faults.Fault]) -> Iterator[str]:
    while True:
        yield from drawn.sample(sorted(kinds), len(kinds))


def _answers(url: str, known: ssl.SSLContext | bool = True) -> bool:
    try:
        answer = httpx.get(url, timeout=2.0, trust_env=False, verify=known)
        return answer.status_code == HTTPStatus.OK
    except httpx.HTTPError:
        return False


@asynccontextmanager
async def _beside(work: object) -> AsyncIterator[None]:
    """Have something go on within; what it raises, it raises here."""
    task = asyncio.ensure_future(work)  # type: ignore[call-overload]
    try:
        yield
        if task.done():
            task.result()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
