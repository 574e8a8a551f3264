"""`linli hub cluster`: several hubs of one site, of which one serves and the others stand by."""

import asyncio
import logging
import secrets
import signal
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .opening import CONFIG, failures

if TYPE_CHECKING:
    from ..cluster.local import LocalCluster, LocalNode

_log = logging.getLogger(__name__)

_ADMIN = "lin"
_PASSWORD = "password.txt"
_LOOK_S = 1.0

app = typer.Typer(
    help="Several hubs of one site: one serves, the others stand by (docs/CLUSTER.md).",
    no_args_is_help=True,
)


@app.command("init")
def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write the files.")],
    node: Annotated[list[str], typer.Option(metavar="NAME=ADDRESS", help="A box; three or more.")],
    config: Annotated[
        Path, typer.Option("--config", metavar="FILE", help="The site that they are to serve.")
    ] = CONFIG,
) -> None:
    """Write a folder of files for each box, and a backup of the site to begin with."""
    from ..cluster import layout, making

    try:
        nodes = [layout.parse_node(each) for each in node]
    except ValueError as error:
        raise typer.BadParameter(f"--node: {error}") from None
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise typer.BadParameter(f"{folder} is there and is not empty")
    with failures():
        making.boxes(folder, nodes, config, time.time_ns() // 1000)
    names = ", ".join(each.name for each in nodes)
    typer.echo(
        f"{folder} has a folder for each of {names}, with passwords and both keys of the site. "
        f"Bring each to {making.BOX_FOLDER} of its box, as docs/CLUSTER.md says."
    )


@app.command("up")
def up(
    nodes: Annotated[int, typer.Option(min=3, max=7, help="How many.")] = 4,
    folder: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Keep the cluster there; without it nothing stays."),
    ] = None,
) -> None:
    """Start a whole cluster on this machine, to test and to look at, until ctrl-C."""
    from linli_hub.live import logs

    from ..cluster import layout, local, making

    with ExitStack() as stack:
        stack.enter_context(logs.written(sys.stderr, False))
        stack.enter_context(failures())
        if folder is None:
            name = tempfile.TemporaryDirectory(prefix="linli-cluster-")
            folder = Path(stack.enter_context(name))
        if not any(folder.glob("cluster.json")):
            password = secrets.token_urlsafe(9)
            made = local.addresses(nodes)
            making.local(folder, made, _ADMIN, password, time.time_ns() // 1000)
            layout.write_private(folder / _PASSWORD, password + "\n")
        cluster = local.LocalCluster(layout.read(folder), folder)
        asyncio.run(_until_told(cluster, (folder / _PASSWORD).read_text().strip()))


async def _until_told(cluster: "LocalCluster", password: str) -> None:
    """Run a cluster, and tell what becomes of it, until ctrl-C or a terminate signal."""
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    # In the order in which they end.
    works = [told.wait(), _tell(cluster, password), cluster.run()]
    tasks = [asyncio.create_task(work) for work in works]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for each in tasks:
        each.cancel()
        with suppress(asyncio.CancelledError):
            await each


async def _tell(cluster: "LocalCluster", password: str) -> None:
    from ..cluster.local import settle

    leader: LocalNode | None = await settle(cluster, _log.info)
    for each in cluster.nodes:
        host = each.node.host
        _log.info("%s: page http://%s:8431, devices %s:4731", each.node.name, host, host)
    _log.info("log in as %s with %s", _ADMIN, password)
    while True:
        _log.info("%s", f"{leader.node.name} leads" if leader else "no node leads")
        before = leader
        while leader is before:
            await asyncio.sleep(_LOOK_S)
            leader = await asyncio.to_thread(cluster.leader)
