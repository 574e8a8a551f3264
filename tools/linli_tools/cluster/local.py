"""A whole cluster on one machine, for tests and to look at: each node has an address of its own."""

import asyncio
import socket
import tempfile
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import TypeVar

from linli_hub.archive import restore
from linli_hub.configuration import load
from linli_hub.storage import leads, open_database, standbys

from ..failure import Failure
from . import files
from .layout import Layout, Node
from .making import SITE
from .processes import Process

_LOOK_S = 0.2
# A first start makes three standbys by copying.
_PATIENCE_S = 120.0
_PORTS = (2379, 2380, 4731, 5432, 8008, 8431)
_NETWORKS = range(1, 255)

_T = TypeVar("_T")


class LocalNode:
    """The programs of `node`, whose files are in `folder`; `prefix` is put before each command."""

    def __init__(
        self, node: Node, folder: Path, programs: files.Programs, prefix: Sequence[str] = ()
    ) -> None:
        self.node = node
        self.folder = folder

        def process(name: str, *command: str, watchdog_s: float | None = None) -> Process:
            log = folder / f"{name}.log"
            return Process(f"{node.name} {name}", command, log, prefix, watchdog_s=watchdog_s)

        self.patroni = process("patroni", programs.patroni, str(folder / "patroni.yml"))
        config = str(folder / "hub.toml")
        serve = (programs.linli, "hub", "serve", "--log-json", "--config", config)
        self.hub = process("hub", *serve, watchdog_s=files.HUB_WATCHDOG_S)
        self.etcd = None
        if (folder / "etcd.yml").exists():
            self.etcd = process("etcd", programs.etcd, "--config-file", str(folder / "etcd.yml"))

    @property
    def processes(self) -> list[Process]:
        """All of its programs that are kept; PostgreSQL is Patroni's."""
        return [each for each in (self.hub, self.patroni, self.etcd) if each is not None]

    @property
    def postmaster(self) -> int | None:
        """The process of its PostgreSQL."""
        try:
            return int((self.folder / "postgresql" / "postmaster.pid").read_text().split()[0])
        except (OSError, IndexError, ValueError):
            return None

    def database(self) -> str:
        """Return the address of its database."""
        return load(self.folder / "hub.toml").database


class LocalCluster:
    """The cluster that is in `folder`; `prefixes` are its nodes', in their order."""

    def __init__(
        self, layout: Layout, folder: Path, prefixes: Sequence[Sequence[str]] = ()
    ) -> None:
        programs = files.here()
        self.layout = layout
        self.folder = folder
        self.nodes = [
            LocalNode(node, folder / node.name, programs, prefix)
            for node, prefix in zip(layout.nodes, prefixes or [()] * len(layout.nodes), strict=True)
        ]
        # A hub would take the place of what is to be restored.
        if (folder / SITE).exists():
            for each in self.nodes:
                each.hub.hold()

    async def run(self) -> None:
        """Keep all its programs running until cancelled."""
        kept = [each for node in self.nodes for each in node.processes]
        async with asyncio.TaskGroup() as tasks:
            for each in kept:
                tasks.create_task(each.run())

    def leader(self) -> LocalNode | None:
        """Return the node whose database leads; None when there is none."""
        return next((node for node in self.nodes if leads(node.database())), None)


def addresses(count: int) -> list[Node]:
    """Return nodes of this machine, whose ports nobody uses; Failure when there are none."""
    for network in _NETWORKS:
        nodes = [Node(f"node{n}", f"127.0.{network}.{n}") for n in range(1, count + 1)]
        if all(_is_free(node.host, port) for node in nodes for port in _PORTS):
            return nodes
    raise Failure("no free addresses on this machine")


async def settle(cluster: LocalCluster, told: Callable[[str], None]) -> LocalNode:
    """Wait until the cluster can serve, and give it its site; return the node that leads.

    Failure when it does not come so far.
    """
    told("waiting for a leader")
    leader = await _until(cluster.leader, "no node leads")
    told(f"{leader.node.name} leads; waiting for a standby")
    await _until(lambda: standbys(leader.database()), "no standby follows")
    backup = cluster.folder / SITE
    if backup.exists():
        await asyncio.to_thread(_restore, backup, leader.database())
        backup.unlink()
        for each in cluster.nodes:
            each.hub.release()
    told("waiting for its hub")
    await _until(lambda: _answers(leader.node.host), "its hub does not answer")
    return leader


async def _until(condition: Callable[[], _T | None], trouble: str) -> _T:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        found = await asyncio.to_thread(condition)
        if found:
            return found
        await asyncio.sleep(_LOOK_S)
    raise Failure(f"{trouble} after {_PATIENCE_S:.0f} s: see the logs in its folder")


def _restore(backup: Path, address: str) -> None:
    database = open_database(address)
    try:
        with tempfile.TemporaryDirectory() as folder:
            restore(backup, Path(folder), time.time_ns() // 1000, target=database)
    finally:
        database.close()


def _answers(host: str) -> bool:
    connection = HTTPConnection(host, 8431, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
