"""What happens to a cluster: each fault begins, and is over when it is told so."""

import asyncio
import os
import random
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

from linli_tools.cluster.local import LocalCluster, LocalNode

from .world import World

_HOUR_S = 3600
# Longer than a leader's lease: another one leads by the time that a node goes on.
_PAUSE_S = 28.0


@dataclass
class Scene:
    """The cluster at the moment of a fault: who leads it, and who does not.

    `world` is None where there are processes only. A fault that lasts does so for `lasts_s`.
    """

    cluster: LocalCluster
    world: World | None
    leader: LocalNode
    random: random.Random
    lasts_s: float
    heal: list[Callable[[], None]] = field(default_factory=list)

    @property
    def others(self) -> list[LocalNode]:
        """The nodes that follow."""
        return [each for each in self.cluster.nodes if each is not self.leader]

    @property
    def place(self) -> World:
        """The world, where the fault needs one."""
        assert self.world is not None
        return self.world


Fault = Callable[[Scene], Awaitable[None]]
"""Begins; what it appends to `heal` ends it."""


def kill(pid: int | None, number: signal.Signals = signal.SIGKILL) -> None:
    """Send a process a signal, if it is there."""
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def programs(node: LocalNode) -> list[int]:
    """Return the processes of a node, those of PostgreSQL included."""
    found = [each.pid for each in node.processes if each.pid is not None]
    if node.postmaster is not None:
        with suppress(psutil.NoSuchProcess):
            postmaster = psutil.Process(node.postmaster)
            found += [postmaster.pid, *(each.pid for each in postmaster.children())]
    return found


async def _hub(scene: Scene) -> None:
    scene.leader.hub.kill()


async def _postgresql(scene: Scene) -> None:
    kill(scene.leader.postmaster)


async def _standby(scene: Scene) -> None:
    kill(scene.random.choice(scene.others).postmaster)


async def _patroni(scene: Scene) -> None:
    scene.leader.patroni.kill()


async def _hub_and_postgresql(scene: Scene) -> None:
    scene.leader.hub.kill()
    await asyncio.sleep(scene.random.uniform(0, 3))
    kill(scene.leader.postmaster)


async def _etcd(scene: Scene) -> None:
    members = [each.etcd for each in scene.cluster.nodes if each.etcd is not None]
    scene.random.choice(members).kill()


async def _etcd_all(scene: Scene) -> None:
    members = [each.etcd for each in scene.cluster.nodes if each.etcd is not None]
    for each in members:
        each.hold()
        each.kill()
        scene.heal.append(each.release)


def _lose(scene: Scene, node: LocalNode) -> None:
    if scene.world is not None:
        scene.world.plug(node.node, False)
        scene.heal.append(lambda: scene.place.plug(node.node, True))
    found = programs(node)
    for each in node.processes:
        each.hold()
        scene.heal.append(each.release)
    for pid in found:
        kill(pid)


async def _leader_lost(scene: Scene) -> None:
    _lose(scene, scene.leader)


async def _standby_lost(scene: Scene) -> None:
    _lose(scene, scene.random.choice(scene.others))


async def _leader_and_standby_lost(scene: Scene) -> None:
    _lose(scene, scene.random.choice(scene.others))
    _lose(scene, scene.leader)


async def _paused(scene: Scene) -> None:
    scene.lasts_s = _PAUSE_S
    found = programs(scene.leader)
    # What watches it stands still, too.
    scene.leader.hub.is_watched = False
    for pid in found:
        kill(pid, signal.SIGSTOP)

    def go_on() -> None:
        for pid in found:
            kill(pid, signal.SIGCONT)
        scene.leader.hub.is_watched = True

    scene.heal.append(go_on)


async def _hub_paused(scene: Scene) -> None:
    pid = scene.leader.hub.pid
    kill(pid, signal.SIGSTOP)
    scene.heal.append(lambda: kill(pid, signal.SIGCONT))


def _cut(scene: Scene, of: LocalNode, hosts: list[str]) -> None:
    for host in hosts:
        scene.place.deafen(of.node, host)

        def mend(to: str = host) -> None:
            scene.place.mend(of.node, to)

        scene.heal.append(mend)


def _send_no_more(scene: Scene) -> None:
    _cut(scene, scene.leader, [each.node.host for each in scene.others])


def _hear_no_more(scene: Scene) -> None:
    for each in scene.others:
        _cut(scene, each, [scene.leader.node.host])


async def _partition(scene: Scene) -> None:
    _send_no_more(scene)
    _hear_no_more(scene)


async def _one_way_out(scene: Scene) -> None:
    _send_no_more(scene)


async def _one_way_in(scene: Scene) -> None:
    _hear_no_more(scene)


async def _partition_in_two(scene: Scene) -> None:
    beside = scene.random.choice(scene.others)
    far = [each for each in scene.others if each is not beside]
    for near in (scene.leader, beside):
        _cut(scene, near, [each.node.host for each in far])
    for each in far:
        _cut(scene, each, [scene.leader.node.host, beside.node.host])


async def _devices_cut_off(scene: Scene) -> None:
    _cut(scene, scene.leader, [scene.place.devices_host])


async def _unplugged(scene: Scene) -> None:
    scene.place.plug(scene.leader.node, False)
    scene.heal.append(lambda: scene.place.plug(scene.leader.node, True))


async def _slow_disk(scene: Scene) -> None:
    slowed = scene.place.slow_disk(scene.leader.node, scene.lasts_s)
    scene.heal.append(lambda: slowed.wait() and None)


async def _full_disk(scene: Scene) -> None:
    node = scene.leader.node
    await asyncio.to_thread(scene.place.fill_disk, node)
    scene.heal.append(lambda: scene.place.free_disk(node))


async def _clock(scene: Scene) -> None:
    node = scene.leader.node
    ahead_s = scene.random.choice((-1, 1)) * scene.random.randint(1, 6) * _HOUR_S
    scene.place.set_clock(node, ahead_s)
    scene.heal.append(lambda: scene.place.set_clock(node, 0))


PROCESSES: dict[str, Fault] = {
    "hub killed": _hub,
    "PostgreSQL killed": _postgresql,
    "a standby's PostgreSQL killed": _standby,
    "Patroni killed": _patroni,
    "hub, then PostgreSQL killed": _hub_and_postgresql,
    "one etcd killed": _etcd,
    "all etcd gone": _etcd_all,
    "node lost": _leader_lost,
    "a standby's node lost": _standby_lost,
    "node and a standby's lost": _leader_and_standby_lost,
    "node paused": _paused,
    "hub paused": _hub_paused,
}
"""By kind; without further words, it happens to the node that serves."""

NETWORKS: dict[str, Fault] = {
    "partition from all nodes": _partition,
    "one way: nodes hear it no more": _one_way_out,
    "one way: it hears nodes no more": _one_way_in,
    "partition two and two": _partition_in_two,
    "devices hear it no more": _devices_cut_off,
    "unplugged": _unplugged,
}
DISKS: dict[str, Fault] = {"slow disk": _slow_disk, "full disk": _full_disk}
CLOCKS: dict[str, Fault] = {"clock jumps": _clock}
BESIDE = frozenset(
    {"a standby's PostgreSQL killed", "one etcd killed", "all etcd gone", "a standby's node lost"}
)
"""The kinds that do not happen to the node that serves."""
