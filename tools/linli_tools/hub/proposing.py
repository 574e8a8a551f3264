"""`linli hub propose`, `proposals`, `approve`, `withdraw`, `collect`: what takes two persons."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from ..key_text import parse_address
from .client import Client, Server, client
from .opening import AsJson
from .tables import show, show_json

app = typer.Typer(
    help="Propose what takes two persons; another one approves it within 15 minutes.",
    no_args_is_help=True,
)

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The device's address.")]
Reason = Annotated[str, typer.Option(help="Why, for the second person and the audit.")]
Number = Annotated[
    int, typer.Argument(min=1, metavar="NUMBER", help="As linli hub proposals lists it.")
]
Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="A day of the site's.")]


class State(StrEnum):
    """What a valve can be."""

    OPEN = "open"
    CLOSED = "closed"


class What(StrEnum):
    """What can leave the site."""

    READINGS = "readings"
    PASSAGES = "passages"


@app.command("door-release")
def door_release(
    device: Address, reason: Reason, server: Server = None, as_json: AsJson = False
) -> None:
    """Have a door opened once."""
    _propose(client(server), "door release", {"device": _text(device)}, reason, as_json)


@app.command("valve")
def valve(
    device: Address, state: State, reason: Reason, server: Server = None, as_json: AsJson = False
) -> None:
    """Have a meter's valve opened or closed."""
    arguments = {"device": _text(device), "state": state.value}
    _propose(client(server), "valve", arguments, reason, as_json)


@app.command("key-export")
def key_export(
    device: Address, reason: Reason, server: Server = None, as_json: AsJson = False
) -> None:
    """Have a device's root key handed out, to provision its replacement."""
    _propose(client(server), "key export", {"device": _text(device)}, reason, as_json)


@app.command("bulk-export")
def bulk_export(
    what: What,
    begin: Day,
    end: Day,
    reason: Reason,
    k: Annotated[int, typer.Option(min=2, help="Households that read the same, at least.")] = 5,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Have readings or passages from one day up to another leave the site, k-anonymous."""
    hub = client(server)
    zone = ZoneInfo(hub.zone())
    arguments = {
        "what": what.value,
        "begin_s": int(begin.replace(tzinfo=zone).timestamp()),
        "end_s": int(end.replace(tzinfo=zone).timestamp()),
        "k": k,
    }
    _propose(hub, "bulk export", arguments, reason, as_json)


@app.command("decommission")
def decommission(
    device: Address,
    reason: Reason,
    lost: Annotated[bool, typer.Option("--lost", help="It cannot be told: do not wait.")] = False,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Have a device destroy what it holds, and be served no more."""
    arguments = {"device": _text(device), "lost": lost}
    _propose(client(server), "decommission", arguments, reason, as_json)


def proposals(
    before: Annotated[
        int | None, typer.Option(min=1, metavar="NUMBER", help="Only those below this number.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="So many at most.")] = 100,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """List proposals, the newest first, and what became of them."""
    hub = client(server)
    told = hub.get("/proposals", before=before, limit=limit)
    show(told, "proposals", hub.zone, as_json)


def approve(number: Number, server: Server = None, as_json: AsJson = False) -> None:
    """Approve another person's proposal, and tell what came of it."""
    told = client(server).post(f"/proposals/{number}/approval")
    if as_json:
        show_json(told)
    else:
        typer.echo(f"proposal {number}: {told['outcome']}")


def withdraw(number: Number, server: Server = None, as_json: AsJson = False) -> None:
    """Take one's own proposal back, or decline another person's."""
    client(server).post(f"/proposals/{number}/withdrawal")
    if as_json:
        show_json({"number": number})
    else:
        typer.echo(f"proposal {number} is withdrawn")


def collect(number: Number, server: Server = None) -> None:
    """Print as JSON what one's own approved export hands over; it does so once."""
    show_json(client(server).post(f"/proposals/{number}/collection"))


def _text(device: str) -> str:
    return f"{parse_address(device):08x}"


def _propose(
    hub: Client, operation: str, arguments: dict[str, Any], reason: str, as_json: bool
) -> None:
    made = hub.post("/proposals", operation=operation, arguments=arguments, reason=reason)
    if as_json:
        show_json(made)
    else:
        typer.echo(f"proposal {made['number']} waits for another person's approval")
