"""`linli hub init`, `enrol` and `devices`: a site is made and its devices made known."""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from linli_protocol import words

from ..failure import Failure
from ..key_text import parse_address
from .client import Server
from .opening import CONFIG, AsJson, Config, configuration, failures, reading, writing
from .sources import Files, serving

if TYPE_CHECKING:
    from linli_hub.registry import Enrolment


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to make the site.")],
    admin: Annotated[str, typer.Option(metavar="NAME", help="The first administrator.")],
    password_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The administrator's password; asked for without it."),
    ] = None,
) -> None:
    """Make a site: keys, hub.toml, and a database with one administrator."""
    from linli_hub.people.passwords import LEAST_LENGTH
    from linli_hub.site import make

    password = ask_password(password_file, admin)
    if len(password) < LEAST_LENGTH:
        raise Failure(f"a password has {LEAST_LENGTH} characters or more, this one {len(password)}")
    with failures():
        path = make(folder, admin, password, time.time_ns() // 1000)
    typer.echo(
        f"{path} written, with keys and a database beside it. Keep copies of the keys in a safe.\n"
        f"Next: linli hub enrol 01020304 --kind door --way tcp --by {admin} --config {path}"
    )


def enrol(
    device: Annotated[str, typer.Argument(metavar="ADDRESS", help="The device's address.")],
    kind: Annotated[str, typer.Option(help=", ".join(words.DEVICE_KINDS.values()))],
    way: Annotated[
        list[str],
        typer.Option(help="How it is reached, as hub.toml names it; may be repeated."),
    ],
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who enrols it, in the site's files.")
    ] = None,
    generation: Annotated[int, typer.Option(min=0, max=255, help="Of its keys.")] = 0,
    server: Server = None,
    config: Files = None,
) -> None:
    """Make a device known: to the hub that serves, or in the files of one that does not run."""
    from linli_hub.registry import Enrolment

    if kind not in words.DEVICE_KINDS.values():
        raise typer.BadParameter(f"{kind!r} is none of {', '.join(words.DEVICE_KINDS.values())}")
    address = parse_address(device)
    if hub := serving(server, config, by):
        enrolment = {"kind": kind, "ways": way, "generation": generation}
        hub.post("/devices", device=f"{address:08x}", **enrolment)
    else:
        _enrol_in_files(config or CONFIG, Enrolment(address, kind, generation, tuple(way)), by)
    typer.echo(f"device {address:08x} enrolled, a {kind} on {', '.join(way)}")


def _enrol_in_files(config: Path, enrolment: "Enrolment", by: str | None) -> None:
    from linli_hub.registry import ENROLLED

    if by is None or not by.strip():
        raise typer.BadParameter("--by: who enrols it; or --server: the hub to ask")
    names = [each.open().name for each in configuration(config).ways]
    for way in enrolment.ways:
        if way not in names:
            raise Failure(f"{config}: has no way {way!r}; it has {', '.join(names) or 'none'}")
    with writing(config) as site:
        body = {**asdict(enrolment), "by": by}
        site.tell(ENROLLED, body, time.time_ns() // 1000)


def devices(config: Config = CONFIG, as_json: AsJson = False) -> None:
    """List the devices enrolled."""
    from linli_hub.registry import Registry

    with reading(config) as (_, database), database.reading() as transaction:
        found = Registry.load(transaction).all()
    if as_json:
        told = [
            {
                "device": f"{each.device:08x}",
                "kind": each.kind,
                "generation": each.generation,
                "ways": each.ways,
            }
            for each in found
        ]
        typer.echo(json.dumps(told, indent=1))
        return
    table = Table("device", "kind", "keys", "ways", title=f"{len(found)} devices")
    for each in found:
        table.add_row(f"{each.device:08x}", each.kind, str(each.generation), ", ".join(each.ways))
    Console(highlight=False).print(table)


def ask_password(file: Path | None, name: str) -> str:
    """Return a new password from a file, or as somebody types it twice."""
    if file is not None:
        return file.read_text(encoding="utf-8").rstrip("\n")
    prompt = f"Password of {name}"
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=True))
