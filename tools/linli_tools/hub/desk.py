"""`linli hub acknowledge`, `close`, `place`, `consent`, `erase`, `radar`: what the desk does.

A hub that serves is asked to do it, over its API.
"""

from typing import Annotated
from urllib.parse import quote

import typer

from ..key_text import parse_address
from .client import Server, client
from .opening import AsJson
from .tables import show, show_json

Row = Annotated[int, typer.Argument(min=1, metavar="ROW", help="As linli hub incidents lists it.")]
Grade = Annotated[int | None, typer.Option(min=1, max=3, help="How bad it is: 1 worst, 3 least.")]
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The device's address.")]
Household = Annotated[int, typer.Argument(min=0, metavar="HOUSEHOLD", help="Its number.")]


def acknowledge(
    row: Row,
    coming: Annotated[bool, typer.Option("--coming", help="Help is on its way.")] = False,
    grade: Grade = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Acknowledge a call for help; its button shows that somebody has heard."""
    _handle(server, row, "help is coming" if coming else "received", grade, as_json)


def close(row: Row, grade: Grade = None, server: Server = None, as_json: AsJson = False) -> None:
    """Close a call for help."""
    _handle(server, row, "closed", grade, as_json)


def _handle(server: str | None, row: int, state: str, grade: int | None, as_json: bool) -> None:
    hub = client(server)
    hub.post(f"/incidents/{row}/steps", state=state, grade=grade)
    call = hub.get(f"/incidents/{row}")
    show([call], "incident", hub.zone, as_json)


def place(
    device: Address,
    where: Annotated[
        str, typer.Argument(metavar="PLACE", help="site/building/floor/flat, as far as it goes.")
    ] = "",
    household: Annotated[
        int | None, typer.Option(min=0, help="Whose it is; a place that all share without it.")
    ] = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Say where a device is, and in which household."""
    address = f"{parse_address(device):08x}"
    client(server).put(f"/places/{address}", household=household, place=where)
    whose = "a place that all share" if household is None else f"household {household}"
    _done(
        {"device": address, "household": household, "place": where},
        f"device {address} is in {whose}, at {where or 'no place yet'}",
        as_json,
    )


def consent(
    household: Household,
    purpose: Annotated[
        str | None, typer.Argument(metavar="PURPOSE", help='Such as "door history".')
    ] = None,
    given: Annotated[
        bool | None, typer.Option("--given/--withdrawn", help="What the household has said.")
    ] = None,
    how: Annotated[str, typer.Option(help="How the resident said so.")] = "",
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """List what a household consents to, or record its word on a purpose."""
    hub = client(server)
    path = f"/households/{household}/consents"
    if purpose is None:
        show(hub.get(path), "consents", hub.zone, as_json)
        return
    if given is None or not how.strip():
        raise typer.BadParameter("--given or --withdrawn, and --how the resident said so")
    hub.put(f"{path}/{quote(purpose)}", given=given, how=how)
    _done(
        {"household": household, "purpose": purpose, "given": given},
        f"household {household}: {purpose} {'consented to' if given else 'withdrawn'}",
        as_json,
    )


def erase(
    household: Household,
    reason: Annotated[str, typer.Option(help="Why, for the audit.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Erase what is known of a household; it cannot be taken back."""
    hub = client(server)
    if not yes:
        typer.confirm(f"Erase household {household} for good?", abort=True, err=True)
    hub.post(f"/households/{household}/erasure", reason=reason)
    _done({"household": household}, f"household {household} is erased", as_json)


def radar(server: Server = None, as_json: AsJson = False) -> None:
    """Show the twelve risk indicators of the last day, and incidents with their clocks."""
    hub = client(server)
    told = hub.get("/radar")
    if as_json:
        show_json(told)
        return
    show(told["indicators"], "indicators", hub.zone, as_json)
    show(told["incidents"] or [], "incidents", hub.zone, as_json)


def _done(told: object, text: str, as_json: bool) -> None:
    if as_json:
        show_json(told)
    else:
        typer.echo(text)
