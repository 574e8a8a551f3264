"""`linli hub`: make a site, enrol its devices, serve them, and verify what was kept."""

import asyncio
import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from linli_protocol import words
from linli_protocol.catalogue import KINDS

from . import hub_archive, hub_views
from .failure import Failure
from .key_text import parse_address

if TYPE_CHECKING:
    from linli_hub.configuration import Configuration
    from linli_hub.live.running import RunningSite
    from linli_hub.site import Site
    from linli_protocol.types import Fields

app = typer.Typer(
    help="The live hub: make a site, enrol devices, serve them, verify its log.",
    no_args_is_help=True,
)
app.add_typer(hub_archive.app)
app.add_typer(hub_views.app)

# A hub takes a while to load: what needs it imports it, --help does not.

Config = Annotated[Path, typer.Option("--config", metavar="FILE", help="The hub's configuration.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_DEFAULT = Path("hub.toml")


@app.command("init")
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

    password = _password(password_file, admin)
    if len(password) < LEAST_LENGTH:
        raise Failure(f"a password has {LEAST_LENGTH} characters or more, this one {len(password)}")
    with _failures():
        path = make(folder, admin, password, time.time_ns() // 1000)
    typer.echo(
        f"{path} written, with keys and a database beside it. Keep copies of the keys in a safe.\n"
        f"Next: linli hub enrol 01020304 --kind door --way tcp --by {admin} --config {path}"
    )


@app.command("enrol")
def enrol(
    device: Annotated[str, typer.Argument(metavar="ADDRESS", help="The device's address.")],
    kind: Annotated[str, typer.Option(help=", ".join(words.DEVICE_KINDS.values()))],
    way: Annotated[
        list[str],
        typer.Option(help="How it is reached, as hub.toml names it; may be repeated."),
    ],
    by: Annotated[str, typer.Option(help="Who enrols it, for the audit.")],
    generation: Annotated[int, typer.Option(min=0, max=255, help="Of its keys.")] = 0,
    config: Config = _DEFAULT,
) -> None:
    """Make a device known, while the hub does not run."""
    from linli_hub.registry import ENROLLED

    if kind not in words.DEVICE_KINDS.values():
        raise typer.BadParameter(f"{kind!r} is none of {', '.join(words.DEVICE_KINDS.values())}")
    address = parse_address(device)
    configuration = _configuration(config)
    names = [each.open().name for each in configuration.ways]
    for each in way:
        if each not in names:
            raise Failure(f"{config}: has no way {each!r}; it has {', '.join(names) or 'none'}")
    with _site(configuration) as site:
        body = {"device": address, "kind": kind, "generation": generation, "ways": way, "by": by}
        site.tell(ENROLLED, body, time.time_ns() // 1000)
    typer.echo(f"device {address:08x} enrolled, a {kind} on {', '.join(way)}")


@app.command("devices")
def devices(config: Config = _DEFAULT, as_json: AsJson = False) -> None:
    """List the devices enrolled."""
    from linli_hub.registry import Registry
    from linli_hub.storage import open_to_read

    with _failures():
        database = open_to_read(_configuration(config).database)
        with database.reading() as transaction:
            found = Registry.load(transaction).all()
        database.close()
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


@app.command("serve")
def serve(config: Config = _DEFAULT, as_json: AsJson = False) -> None:
    """Serve the devices enrolled until ctrl-C, and print what they say as it comes."""
    from linli_hub.live.running import RunningSite

    with _site(_configuration(config), start=False) as site:

        def seen(device: int, kind: int, fields: "Fields", time_us: int) -> None:
            _print(device, kind, fields, time_us, as_json)

        running = RunningSite(site, seen)
        for name in sorted(running.missing):
            typer.echo(f"warning: {config} has no way {name}, but devices on it", err=True)
        count = len(site.registry.all())
        typer.echo(f"{count} devices on {', '.join(running.ways) or 'no way'}", err=True)
        asyncio.run(_until_told(running))


async def _until_told(running: "RunningSite") -> None:
    """Serve until ctrl-C or a terminate signal; Failure when a way cannot begin."""
    from linli_hub.ways import WayError

    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    serving = asyncio.create_task(running.run())
    waiting = asyncio.create_task(told.wait())
    await asyncio.wait((serving, waiting), return_when=asyncio.FIRST_COMPLETED)
    serving.cancel()
    waiting.cancel()
    try:
        await serving
    except asyncio.CancelledError:
        pass
    except WayError as error:
        raise Failure(str(error)) from error


def _print(device: int, kind: int, fields: "Fields", time_us: int, as_json: bool) -> None:
    name = KINDS[kind].name
    if as_json:
        told = {"time_us": time_us, "device": f"{device:08x}", "message": name, **fields}
        typer.echo(json.dumps(told, default=bytes.hex))
        return
    said = " ".join(
        f"{key}={value.hex() if isinstance(value, bytes) else value}"
        for key, value in fields.items()
        if value is not None
    )
    at = time.strftime("%H:%M:%S", time.localtime(time_us / 1_000_000))
    typer.echo(f"{at} {device:08x} {name} {said}")


def _password(file: Path | None, name: str) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").rstrip("\n")
    prompt = f"Password of {name}"
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=True))


def _configuration(path: Path) -> "Configuration":
    from linli_hub.configuration import load

    with _failures():
        return load(path)


@contextmanager
def _site(configuration: "Configuration", start: bool = True) -> "Iterator[Site]":
    from linli_hub.site import Site

    with _failures():
        site = Site(configuration)
        try:
            if start:
                site.journal.start([site.keeper])
            yield site
        finally:
            site.close()


@contextmanager
def _failures() -> Iterator[None]:
    """Tell the hub's errors in one line."""
    from linli_hub.configuration import ConfigurationError
    from linli_hub.northbound.mqtt.settings import SettingsError
    from linli_hub.site import SiteError
    from linli_hub.storage import StorageError
    from linli_hub.vault import VaultError

    try:
        yield
    except (ConfigurationError, SettingsError, SiteError, StorageError, VaultError) as error:
        raise Failure(str(error)) from error
