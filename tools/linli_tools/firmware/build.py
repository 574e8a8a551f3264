"""`linli firmware build`: what is flashed on a board, and what updates one that has it."""

import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from linli_firmware.node import config as configuration

from .. import bundle
from ..failure import Failure
from ..files import read, write_whole
from ..signing import read_public_key
from ..versions import parse_version, version_text
from . import configured
from .boards import App, Board

if TYPE_CHECKING:
    from .packing import Pack

IMAGE = "image.bin"
UPDATE = "update.unsigned"
SIGNED = "update.signed"
MANIFEST = "manifest.json"

# When this version was made: the same for everybody, so that everybody gets the same image.
RELEASED = datetime(2026, 11, 23, tzinfo=UTC)


def build(
    app: Annotated[App, typer.Option(help="What the device does.")],
    board: Annotated[Board, typer.Option(help="What it runs on.")],
    production: Annotated[
        bool, typer.Option("--production", help="Hardware watchdog on, console shut.")
    ] = False,
    app_version: Annotated[
        str | None,
        typer.Option(metavar="1.2.3", help="The image's version; Linli's own unless said."),
    ] = None,
    vendor_key: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="A public key whose updates the board takes; may be repeated."
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|DIR",
            help="The configuration, or a folder with config.json and the files that it names.",
        ),
    ] = None,
    bearers: Annotated[
        str | None,
        typer.Option(
            metavar="KIND,…",
            help="What a configuration may name; unless said, what these ones name, without any "
            "of them all.",
        ),
    ] = None,
    safe_bearers: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The bearers of safe mode: a list in JSON."),
    ] = None,
    service_pin: Annotated[
        int | None,
        typer.Option(min=0, max=63, help="The console's jumper to ground, a GPIO number."),
    ] = None,
    built: Annotated[
        str | None,
        typer.Option(
            metavar="DATE|SECONDS",
            help="The date of the build, which no certificate is checked before; "
            "$SOURCE_DATE_EPOCH, or that of Linli's release, unless said.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to; APP-BOARD-VERSION unless said.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Build an image for a board: what is flashed, the update that is yet to be signed, a manifest.

    The same sources and options make the same bytes, on any day and machine.
    """
    number = _version(app_version)
    files = _config_files(config) if config else {}
    safe = _safe_bearers(safe_bearers) if safe_bearers else []
    try:
        from .packing import Order, pack
        from .report import as_rows, size_table
    except ImportError as error:
        raise Failure(f"{error.name} is not installed: pip install 'linli[firmware]'") from None
    packed = pack(
        Order(
            app=app,
            board=board,
            version=number,
            built=_built(built),
            production=production,
            vendor_keys=tuple(dict.fromkeys(map(read_public_key, vendor_key or []))),
            bearers=_kinds(bearers, files, safe),
            safe_bearers=tuple(safe),
            service_pin=service_pin,
            config=files,
        )
    )
    folder = out or Path(f"{app}-{board}-{version_text(number)}")
    _write(folder, packed, is_secret=bool(files or safe))
    if as_json:
        report = {"folder": str(folder), "sizes": as_rows(packed), "manifest": packed.manifest}
        typer.echo(json.dumps(report, indent=1))
    else:
        size_table(packed)
        typer.echo(f"{folder}: {IMAGE}, {UPDATE}, {MANIFEST}")
        typer.echo(f"Next: linli firmware sign {folder} --key vendor.key")
    for note in _notes(folder, production, packed, files):
        typer.echo(f"note: {note}", err=True)


def _version(text: str | None) -> int:
    if text is None:
        # Boards have no versions between releases.
        text = "".join(re.findall(r"^\d+\.\d+\.\d+", version("linli")))
    try:
        return parse_version(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _built(text: str | None) -> int:
    """Return the Unix time of the build (https://reproducible-builds.org/specs/source-date-epoch/)."""
    origin = "--built"
    if text is None:
        origin, text = "SOURCE_DATE_EPOCH", os.environ.get("SOURCE_DATE_EPOCH")
    if text is None:
        return int(RELEASED.timestamp())
    try:
        if text.isascii() and text.isdigit():
            moment = datetime.fromtimestamp(int(text), UTC)
        else:
            moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        raise typer.BadParameter(f"{origin}: {text!r} is neither a date nor seconds") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if moment.timestamp() < 0:
        raise typer.BadParameter(f"{origin}: {text!r} is before 1970")
    # A board whose clock runs ahead takes valid certificates for expired ones.
    if moment > datetime.now(UTC):
        raise typer.BadParameter(f"{origin}: {text!r} is yet to come")
    return int(moment.timestamp())


def _config_files(path: Path) -> dict[str, bytes]:
    """Return the files of /config by name; Failure when the configuration is none."""
    if path.is_dir():
        files = {
            file.relative_to(path).as_posix(): read(file)
            for file in path.rglob("*")
            if file.is_file()
        }
        path = path / configuration.FILE
    else:
        files = {configuration.FILE: read(path)}
    try:
        configured.parse(files[configuration.FILE])
    except KeyError:
        raise Failure(f"{path}: no such file") from None
    except ValueError as error:
        raise Failure(f"{path}: {error}") from None
    return files


def _safe_bearers(path: Path) -> list[dict[str, Any]]:
    """Return the bearers of safe mode; Failure when a configuration could not have them."""
    try:
        found = json.loads(read(path))
        configured.parse(json.dumps({"bearers": found}).encode())
    except ValueError as error:
        raise Failure(f"{path}: {error}") from None
    bearers: list[dict[str, Any]] = found
    return bearers


def _kinds(
    text: str | None, files: Mapping[str, bytes], safe: list[dict[str, Any]]
) -> tuple[str, ...]:
    """Return the kinds of bearers that go into the image, in the firmware's order."""
    named = {each["kind"] for each in safe}
    if files:
        config = configuration.parse(files[configuration.FILE])
        named |= {each["kind"] for each in config["bearers"]}
    wanted = named or set(configuration.BEARERS)
    if text is not None:
        wanted = set(text.replace(" ", "").split(","))
        for kind in sorted(wanted - set(configuration.BEARERS)):
            kinds = ", ".join(configuration.BEARERS)
            raise typer.BadParameter(f"--bearers: {kind!r} is none of {kinds}")
        if named - wanted:
            missing = ", ".join(sorted(named - wanted))
            raise typer.BadParameter(f"--bearers leaves out what is configured: {missing}")
    return tuple(kind for kind in configuration.BEARERS if kind in wanted)


def _write(folder: Path, packed: "Pack", is_secret: bool) -> None:
    """Write the files of a build, for their owner only where a configuration is in them."""
    manifest = json.dumps(packed.manifest, indent=1).encode() + b"\n"
    content = {IMAGE: packed.image, UPDATE: packed.update, MANIFEST: manifest}
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(f"{folder}: {error.strerror}") from error
    for name, data in content.items():
        write_whole(folder / name, data, 0o600 if is_secret else 0o666)


def _notes(folder: Path, production: bool, packed: "Pack", files: Mapping[str, bytes]) -> list[str]:
    """Return what a person might not have wanted so."""
    notes = []
    if (folder / SIGNED).is_file() and not _is_of(read(folder / SIGNED), packed.update):
        notes.append(f"{folder / SIGNED} is of an earlier build: sign this one")
    if not packed.manifest["vendor_keys"]:
        notes.append("without --vendor-key the board takes no updates")
    if production and packed.manifest["service_pin"] is None:
        notes.append("without --service-pin nothing opens the console of a production board")
    if not files:
        notes.append("without --config the device's work begins with a /config/config.json")
    return notes


def _is_of(signed: bytes, update: bytes) -> bool:
    """Tell whether a signed update has the contents of one that is not."""
    try:
        return bundle.inspect(signed).files == bundle.inspect(update).files
    except Failure:
        return False
