"""`linli hub cluster`: several hubs of one site, of which one serves and the others stand by."""

import asyncio
import json
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
from rich.console import Console
from rich.table import Table

from ..failure import Failure
from .opening import CONFIG, AsJson, Config, configuration, failures, reading

if TYPE_CHECKING:
    from linli_hub.cluster.survey import State

    from ..cluster.layout import Node
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
    witness: Annotated[
        str | None,
        typer.Option(
            metavar="NAME=ADDRESS",
            help="A machine elsewhere with the third member of etcd, in place of the third box.",
        ),
    ] = None,
    config: Annotated[
        Path, typer.Option("--config", metavar="FILE", help="The site that they are to serve.")
    ] = CONFIG,
) -> None:
    """Write a folder of files for each box, and a backup of the site to begin with."""
    from ..cluster import making

    nodes = [_node("--node", each) for each in node]
    third = _node("--witness", witness) if witness else None
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise typer.BadParameter(f"{folder} is there and is not empty")
    with failures():
        made = making.boxes(folder, nodes, third, config, time.time_ns() // 1000)
    names = ", ".join(each.name for each in made.all)
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


@app.command("status")
def status(config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Ask every node's database what it does and how far it is; exit code 1 when none leads."""
    from linli_hub.cluster.survey import Role

    states = _survey(config)
    if as_json:
        typer.echo(json.dumps([_told(each) for each in states], indent=1))
    else:
        _show(states)
    if not any(each.role is Role.LEADS for each in states):
        raise typer.Exit(1)


@app.command("promote")
def promote(
    by: Annotated[
        list[str], typer.Option(metavar="NAME", help="Who decides it; given twice, two persons.")
    ],
    password_file: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Their passwords, in order; asked for without it."),
    ] = None,
    config: Config = CONFIG,
) -> None:
    """Have this node go on alone when no majority is left, which two persons must decide.

    What others have acknowledged and this node lacks is lost: first it is said what that is.
    """
    from linli_hub.cluster import Patroni, PatroniError, Promotion, check
    from linli_hub.cluster.survey import Role, lacks

    if len(by) != 2 or len(password_file or by) != 2:
        raise typer.BadParameter("--by: two persons, and a password of each")
    states = _survey(config)
    _show(states)
    with reading(config) as (settings, database):
        assert settings.cluster is not None
        own = next(each for each in states if each.node == settings.cluster.node)
        if own.role is not Role.FOLLOWS:
            raise Failure(f"{own.node} {own.role}: only a standby can go on alone")
        if leader := next((each for each in states if each.role is Role.LEADS), None):
            raise Failure(f"{leader.node} leads: nothing is to be decided")
        for each in states:
            if each.head is not None and lacks(database, each):
                raise Failure(
                    f"{each.node} has row {each.head.number}, which {own.node} lacks: "
                    "promote that one, there"
                )
        away = tuple(each.node for each in states if each.role is Role.AWAY)
        typer.echo(_divergence(own, away), err=True)
        passwords = [
            file.read_text(encoding="utf-8").rstrip("\n") if file else _ask(name)
            for name, file in zip(by, password_file or (None, None), strict=True)
        ]
        names = check(database, (by[0], passwords[0]), (by[1], passwords[1]))
    path = Promotion(own.node, names, away).ask(config.parent)
    try:
        Patroni(settings.cluster.patroni).lead_alone(own.node)
    except PatroniError as error:
        path.unlink()
        raise Failure(str(error)) from error
    typer.echo(f"{own.node} goes on. Its hub serves as soon as its database leads.")


def _node(option: str, text: str) -> "Node":
    from ..cluster.layout import parse_node

    try:
        return parse_node(text)
    except ValueError as error:
        raise typer.BadParameter(f"{option}: {error}") from None


def _survey(config: Path) -> "list[State]":
    with failures():
        from linli_hub.cluster.survey import survey

        found = configuration(config)
        if found.cluster is None:
            raise Failure(f"{config}: no hub of a cluster: it has no [cluster]")
        return survey(found)


def _told(state: "State") -> dict[str, object]:
    return {
        "node": state.node,
        "role": state.role,
        "row": state.head.number if state.head else None,
        "hash": state.head.hash.hex() if state.head else None,
        "time_us": state.time_us,
        "term": state.term,
        "standbys": state.standbys,
        "trouble": state.trouble,
    }


def _show(states: "list[State]") -> None:
    table = Table("node", "database", "last row", "written", "term", "standbys")
    for each in states:
        at = time.gmtime((each.time_us or 0) / 1_000_000)
        table.add_row(
            each.node,
            each.role,
            str(each.head.number) if each.head else "",
            time.strftime("%Y-%m-%d %H:%M:%S UTC", at) if each.time_us else "",
            str(each.term or ""),
            str(each.standbys or ""),
        )
    Console(highlight=False).print(table)


def _divergence(own: "State", away: tuple[str, ...]) -> str:
    """Return what may be lost."""
    row = own.head.number if own.head else 0
    if not away:
        return f"All nodes can be asked, and none has more than {own.node}: row {row}."
    return (
        f"{own.node} has the log up to row {row}. What {', '.join(away)} may have beyond it, "
        "acknowledged or not, is lost; all devices join anew. Never start them again as they are: "
        "empty their data first (docs/CLUSTER.md)."
    )


def _ask(name: str) -> str:
    return str(typer.prompt(f"Password of {name}", hide_input=True))


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
    typer.echo(f"log in as {_ADMIN} with {password}", err=True)
    while True:
        _log.info("%s", f"{leader.node.name} leads" if leader else "no node leads")
        before = leader
        while leader is before:
            await asyncio.sleep(_LOOK_S)
            leader = await asyncio.to_thread(cluster.leader)
