"""`linli firmware flash`: MicroPython and an image to a board, read back."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from ..failure import Failure
from .base_firmware import parse_base_firmware
from .build import MANIFEST
from .esptool_process import Esptool


def flash(
    port: Annotated[str, typer.Option(help="The board's serial port.")],
    micropython: Annotated[
        Path,
        typer.Option(metavar="FILE", help="MicroPython's own .bin for the chip, 1.28 or later."),
    ],
    image: Annotated[
        Path, typer.Option(metavar="FILE", help="The image, from linli firmware build.")
    ],
    nvs: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Address and key, from linli firmware provision."),
    ] = None,
    erase: Annotated[
        bool,
        typer.Option("--erase", help="Erase all of the flash first: files, address and key."),
    ] = False,
    baud: Annotated[int, typer.Option(min=9600, help="Speed of the line.")] = 460_800,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write MicroPython, an image and, with --nvs, address and key to a board.

    All of it is checked before, an image by the manifest beside it too, and read back after. The
    board starts nothing until everything is there; when the line is cut, the command says what is
    on the board, and can be run again. Without --nvs a board keeps its address and key. One that
    holds the files of a device is refused without --erase.
    """
    try:
        from . import flash_plan, flashing
        from .identity import device_of
    except ImportError as error:
        raise Failure(f"{error.name} is missing: pip install 'linli[firmware]'") from None
    with _named(micropython):
        base = parse_base_firmware(micropython.read_bytes())
    with _named(image):
        files = image.read_bytes()
        flash_plan.check_image(files, base.chip)
    manifest = image.with_name(MANIFEST)
    if manifest.exists():
        with _named(manifest):
            flash_plan.check_manifest(manifest.read_bytes(), files, base.chip)
    identity = None
    if nvs is not None:
        with _named(nvs):
            identity = nvs.read_bytes()
            flash_plan.check_nvs(identity)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=as_json or not sys.stderr.isatty(),
    )
    task = bar.add_task("", total=100)
    with TemporaryDirectory(prefix="linli-") as folder, bar:
        board = Esptool(
            port, base.chip, baud, Path(folder), lambda done: bar.update(task, completed=done)
        )

        def step(name: str) -> None:
            bar.update(task, description=name, completed=0)

        step("asking the chip")
        flash_size = board.flash_size()
        with _named(port):
            regions, home = flash_plan.plan(base, flash_size, files, identity)
        if not erase:
            flashing.refuse_loss(board, base, flash_size, files, identity is None, step)
        device = None
        if identity is not None:
            device = device_of(identity)
        elif not erase:
            device = flashing.device_there(board, base)
        flashing.write(board, regions, erase, step)
        step("starting")
        try:
            board.start()
        except Failure as failure:
            raise Failure(f"{failure}; all is written and read back: reset the board") from failure

    version = ".".join(map(str, base.version))
    if as_json:
        result = {
            "port": port,
            "chip": base.chip.name,
            "flash_size": flash_size,
            "micropython": version,
            "erased": erase,
            "device": device,
            "regions": [
                {"name": region.name, "offset": region.offset, "size": len(region.data)}
                for region in regions
            ],
            "file_system": {"offset": home.offset, "size": home.size},
        }
        typer.echo(json.dumps(result, indent=1))
        return
    typer.echo(f"{port}: {base.chip.title}, flash of {flash_size >> 20} MiB")
    for region in regions:
        typer.echo(f"  {region.offset:#08x} {len(region.data):>9,} bytes  {region.name}")
    typer.echo(
        f"written and read back; MicroPython {version} starts with {home.size:,} bytes for files"
    )
    if device is None:
        typer.echo("address and key are missing: linli firmware provision makes them")
    elif nvs is None:
        typer.echo(f"device {device}, whose address and key were there, stays")
    else:
        typer.echo(f"device {device}")


@contextmanager
def _named(origin: str | Path) -> Iterator[None]:
    """Tell which file or port is at fault."""
    try:
        yield
    except OSError as error:
        raise Failure(f"{origin}: {error.strerror}") from error
    except ValueError as error:
        raise Failure(f"{origin}: {error}") from error
