"""The serial ports at which boards may be: `linli firmware ports`, and the only one there is."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from ..failure import Failure

_BY_ID = Path("/dev/serial/by-id")


@dataclass(frozen=True, slots=True)
class Port:
    """A USB serial port; `by_id` is its name that stays, on Linux, and what it says it is."""

    device: str
    by_id: str | None
    description: str


def serial_ports() -> list[Port]:
    """Return the USB serial ports there are, sorted."""
    try:
        from serial.tools import list_ports
    except ImportError:
        raise Failure("pyserial is missing: pip install 'linli[firmware]'") from None
    links = {str(link.resolve()): str(link) for link in _BY_ID.glob("*")}
    return [
        Port(port.device, links.get(port.device), port.description)
        for port in sorted(list_ports.comports())
        if port.vid is not None
    ]


def ports_there() -> str:
    """Return the ports in one phrase, for an error."""
    return ", ".join(port.by_id or port.device for port in serial_ports()) or "no serial port"


def only_port() -> str:
    """Return the one port there is; wrong usage when there are none or several."""
    ports = serial_ports()
    if len(ports) != 1:
        raise typer.BadParameter(f"give --port: there is {ports_there()}")
    return ports[0].device


def ports(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the USB serial ports, each with the name that stays when others come and go."""
    found = serial_ports()
    if as_json:
        typer.echo(json.dumps([asdict(port) for port in found], indent=1))
        return
    for port in found:
        typer.echo(f"{port.by_id or port.device}  {port.device}  {port.description}")
    if not found:
        raise Failure("no USB serial port is there")
