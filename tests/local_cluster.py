"""A cluster on this machine, for tests: its leader, and its nodes lost and found again."""

import asyncio
import os
import shutil
import signal
import ssl
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from linli_tools.cluster import layout, making
from linli_tools.cluster.local import LocalCluster, LocalNode, addresses, settle
from postgres import INITDB

ADMIN = "lin"
PASSWORD = "correct horse battery"
WAIT_S = 120

MISSING = [
    name
    for name, found in {
        "etcd": shutil.which("etcd"),
        "patroni": shutil.which("patroni", path=str(Path(sys.executable).parent)),
        "postgresql": INITDB,
    }.items()
    if found is None
]


@asynccontextmanager
async def running(folder: Path, nodes: int) -> AsyncIterator[LocalCluster]:
    """Have a cluster serve a new site within."""
    making.local(folder, addresses(nodes), ADMIN, PASSWORD, time.time_ns() // 1000)
    cluster = LocalCluster(layout.read(folder), folder)
    task = asyncio.create_task(cluster.run())
    try:
        await settle(cluster, print)
        yield cluster
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def lose(node: LocalNode) -> None:
    """End all of a node's programs as a power cut would, for good."""
    postmaster = node.postmaster
    for each in node.processes:
        each.hold()
        each.kill()
    if postmaster is not None:
        with suppress(ProcessLookupError):
            os.kill(postmaster, signal.SIGKILL)


def silence(node: LocalNode) -> None:
    """End a node's database, and leave it its vote."""
    postmaster = node.postmaster
    for each in (node.hub, node.patroni):
        each.hold()
        each.kill()
    if postmaster is not None:
        os.kill(postmaster, signal.SIGKILL)


def revive(node: LocalNode) -> None:
    """Have all of a node's programs run again."""
    for each in node.processes:
        each.release()


def as_node(node: LocalNode) -> ssl.SSLContext:
    """Return by what a node's programs know the others', and are known to them."""
    context = ssl.create_default_context(cafile=str(node.folder / "ca.pem"))
    context.load_cert_chain(node.folder / "node.pem", node.folder / "node.key")
    return context


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.2)
