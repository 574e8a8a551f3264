"""`linli hub cards`: who is let in by which doors."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from ..key_text import parse_address
from .client import Server, client
from .opening import AsJson
from .tables import show, show_json

app = typer.Typer(
    help="Who is let in by which doors, with a card, a PIN or both.", no_args_is_help=True
)

Holder = Annotated[
    int, typer.Argument(min=1, metavar="HOLDER", help="The number that doors report.")
]
Doors = Annotated[
    list[str], typer.Option("--door", metavar="ADDRESS", help="A door; may be repeated.")
]
Moment = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="A time of the site's."),
]


@app.command("list")
def listing(
    door: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Of one door.")] = None,
    holder: Annotated[int | None, typer.Option(min=1, help="Of one holder.")] = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """List what lets people in, by door and holder."""
    hub = client(server)
    told = hub.get("/cards", door=None if door is None else _text(door), holder=holder)
    show(told, "credentials", hub.zone, as_json)


@app.command("give")
def give(
    holder: Holder,
    door: Doors,
    household: Annotated[
        int | None, typer.Option(min=0, help="Whose; of none, such as staff, without it.")
    ] = None,
    card: Annotated[
        str | None,
        typer.Option(metavar="BITS:FACILITY:NUMBER", help="As printed on it, 26:7:1234."),
    ] = None,
    pin: Annotated[
        bool, typer.Option("--pin", help="Ask for a PIN of 4 to 8 digits, with the card or alone.")
    ] = False,
    begin: Moment = None,
    until: Moment = None,
    schedule: Annotated[int, typer.Option(min=0, max=255, help="When it is good.")] = 0,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Have doors let a holder in."""
    hub = client(server)
    zone = ZoneInfo(hub.zone()) if begin or until else None
    asked = {
        "doors": [_text(each) for each in door],
        "holder": holder,
        "household": household,
        "schedule": schedule,
    }
    if card is not None:
        asked["card"] = _parse_card(card)
    if pin:
        asked["pin"] = typer.prompt("PIN", hide_input=True, confirmation_prompt=True, err=True)
    for name, moment in (("valid_from", begin), ("valid_until", until)):
        if moment is not None:
            asked[name] = int(moment.replace(tzinfo=zone).timestamp())
    hub.post("/cards", **asked)
    told = hub.get("/cards", holder=holder)
    show(told, "credentials", hub.zone, as_json)


@app.command("revoke")
def revoke(
    holder: Holder,
    door: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="Only this door; may be repeated."),
    ] = None,
    token: Annotated[str | None, typer.Option(help="Only this one, as cards list has it.")] = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Have doors let a holder in no more: all of them, with anything, unless options say less."""
    doors = [_text(each) for each in door] if door else None
    told = client(server).post("/cards/revocation", holder=holder, doors=doors, token=token)
    if as_json:
        show_json(told)
    else:
        typer.echo(f"{told['revoked']} taken back from holder {holder}")


def _text(door: str) -> str:
    return f"{parse_address(door):08x}"


def _parse_card(text: str) -> dict[str, int]:
    try:
        bits, facility, number = map(int, text.split(":"))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not BITS:FACILITY:NUMBER, as 26:7:1234") from None
    return {"bits": bits, "facility": facility, "number": number}
