"""`linli frames`: show what is in a frame or packet, layer by layer."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from .capture.commands import sniff
from .decode import Decoder, frames, is_framed
from .failure import Failure
from .key_options import GenerationBesideKey
from .key_text import read_key
from .layers import Layer
from .listener import OverheardSession
from .overhearing import CommunityKey, Device, DeviceKey, Session, overhear

app = typer.Typer(help="Show what is in frames and packets.", no_args_is_help=True)


app.command("sniff")(sniff)


def _lines(inputs: list[str]) -> list[tuple[str, str]]:
    """Return (where it stands, hexadecimal text) for each packet or frame."""
    found = []
    for number, text in enumerate(inputs or ["-"], start=1):
        if text == "-":
            source, content = "standard input", sys.stdin.read()
        elif Path(text).is_file():
            try:
                source, content = text, Path(text).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise Failure(f"{text}: {error}") from error
        else:
            found.append((f"argument {number}", text))
            continue
        for line_number, line in enumerate(content.splitlines(), start=1):
            code = line.split("#")[0].strip()
            if code:
                found.append((f"{source}, line {line_number}", code))
    return found


def _bytes(origin: str, text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise Failure(f"{origin}: {text[:40]!r} is not hexadecimal ({error})") from None


def _print(console: Console, origin: str, layers: list[Layer]) -> None:
    console.print(Text(origin, style="bold"))
    for layer in layers:
        console.print(Text(f"  {layer.name}", style="cyan"))
        width = max((len(field.name) for field in layer.fields), default=0)
        for field in layer.fields:
            words = f"  ({field.words})" if field.words else ""
            console.print(Text(f"    {field.name:{width}}  {field.value}{words}"), soft_wrap=True)
        if layer.note:
            console.print(Text(f"    note: {layer.note}", style="yellow"), soft_wrap=True)
        if layer.problem:
            console.print(Text(f"    WRONG: {layer.problem}", style="bold red"), soft_wrap=True)


@app.command("decode")
def decode(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[HEX|FILE|-]...",
            help="Packets or frames; a file or standard input has one a line, # begins a comment.",
        ),
    ] = None,
    community_key: CommunityKey = None,
    generation: GenerationBesideKey = 0,
    device_key: DeviceKey = None,
    device: Device = None,
    session: Session = None,
    up_key: Annotated[
        str | None, typer.Option(metavar="FILE|HEX", help="A session's uplink key.")
    ] = None,
    down_key: Annotated[
        str | None, typer.Option(metavar="FILE|HEX", help="A session's downlink key.")
    ] = None,
    epoch: Annotated[
        int, typer.Option(min=0, max=0xFFFFFF, help="The epoch of --up-key and --down-key.")
    ] = 0,
    frame: Annotated[
        bool, typer.Option("--frame", help="Take every input for a frame; else 00…00 is one.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print every layer of each packet or frame; exit 1 when one is wrong, and say where.

    Give a device's packets in the order they were sent: with its key, or the community's, the join
    is followed and everything behind it opened.
    """
    sources = [*(inputs or ["-"]), community_key, device_key, up_key, down_key]
    if sources.count("-") > 1:
        raise typer.BadParameter("standard input can be read for one thing only")
    listener = overhear(community_key, generation, device_key, device, session)
    if up_key or down_key:
        up = read_key(up_key, "--up-key") if up_key else None
        down = read_key(down_key, "--down-key") if down_key else None
        listener.give(OverheardSession(epoch, up, down))
    decoded = _decode(Decoder(listener), _lines(inputs or []), frame)
    if as_json:
        packets = [
            {"origin": origin, "layers": [layer.as_json() for layer in layers]}
            for origin, layers in decoded
        ]
        typer.echo(json.dumps({"packets": packets}, indent=1, ensure_ascii=False))
    else:
        for origin, layers in decoded:
            _print(Console(highlight=False), origin, layers)
    if not decoded:
        raise Failure("nothing to decode: no packet was given")
    if any(layer.problem for _, layers in decoded for layer in layers):
        raise typer.Exit(1)


def _decode(
    decoder: Decoder, lines: list[tuple[str, str]], frame: bool
) -> list[tuple[str, list[Layer]]]:
    decoded = []
    for origin, text in lines:
        data = _bytes(origin, text)
        if not frame and not is_framed(data):
            decoded.append((origin, decoder.packet(data)))
            continue
        candidates = frames(data)
        for number, candidate in enumerate(candidates, start=1):
            label = f"{origin}, frame {number}" if len(candidates) > 1 else origin
            decoded.append((label, decoder.frame(candidate)))
    return decoded
