"""`linli hub update`: signed firmware is brought to devices."""

from pathlib import Path
from typing import Annotated

import typer

from ..key_text import parse_address
from .client import Server, client
from .opening import AsJson
from .tables import show, show_json

app = typer.Typer(help="Bring signed firmware to devices.", no_args_is_help=True)


@app.command("list")
def listing(server: Server = None, as_json: AsJson = False) -> None:
    """List update campaigns, the newest first; how far each device is, with --json."""
    hub = client(server)
    show(hub.get("/updates"), "updates", hub.zone, as_json)


@app.command("begin")
def begin(
    bundle: Annotated[Path, typer.Argument(metavar="FILE", help="What linli firmware sign wrote.")],
    device: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="Only this device; may be repeated."),
    ] = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Begin to bring a bundle to all devices of its kind, a few at first."""
    devices = [f"{parse_address(each):08x}" for each in device] if device else None
    told = client(server).send("/updates", bundle.read_bytes(), devices=devices)
    if as_json:
        show_json(told)
    else:
        typer.echo(f"update {told['number']} has begun")


@app.command("end")
def end(
    number: Annotated[int, typer.Argument(min=1, metavar="NUMBER", help="As update list has it.")],
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Send nothing more of an update; devices keep what they have."""
    client(server).post(f"/updates/{number}/end")
    if as_json:
        show_json({"number": number})
    else:
        typer.echo(f"update {number} has ended")
