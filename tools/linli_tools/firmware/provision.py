"""`linli firmware provision`: the key storage of one device, as it is flashed."""

import io
import os
from pathlib import Path
from typing import Annotated

import typer

from linli_hil.identity import KEY, NAMESPACE, identity_of
from linli_protocol.keys import root_key

from ..failure import Failure
from ..key_options import GenerationBesideKey
from ..key_text import looks_like_key, parse_address, parse_key, private_text

_PAGE = 4096
# ESP-IDF needs two pages to work with and keeps one to move things to.
_LEAST_PAGES = 3
# Far more than any chip of these has flash.
_MOST = 1 << 26
# The partition "nvs" of MicroPython's boards, but for those with updates of MicroPython itself.
_USUAL_SIZE = "0x6000"


def provision(
    device: Annotated[str, typer.Option(metavar="ADDRESS", help="The device.")],
    community_key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The community's key, from which the device's follows."),
    ] = None,
    generation: GenerationBesideKey = 0,
    device_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The device's root key, instead.")
    ] = None,
    size: Annotated[
        str, typer.Option(metavar="BYTES", help="Of the partition nvs, as 24576 or 0x6000.")
    ] = _USUAL_SIZE,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Must not exist; nvs-ADDRESS.bin unless said."),
    ] = None,
) -> None:
    """Write address and root key of a device as its flash gets them, readable by you only.

    Keys come from files that nobody else can read; none is printed, and none lies anywhere else
    afterwards. Delete the file once the board is flashed.
    """
    address = parse_address(device)
    length = _size(size)
    if community_key is not None and device_key is None:
        root = root_key(_read(community_key), address, generation)
    elif device_key is not None and community_key is None and not generation:
        root = _read(device_key)
    else:
        raise typer.BadParameter("give --community-key, with its --generation, or --device-key")
    target = out or Path(f"nvs-{address:08x}.bin")
    _write(target, key_storage(address, root, length))
    typer.echo(f"{target} written: device {address:08x}, {length} bytes")


def key_storage(address: int, root: bytes, size: int) -> bytes:
    """Return the content of the partition "nvs", `size` bytes, of a device with a root key."""
    try:
        from esp_idf_nvs_partition_gen import nvs_partition_gen as nvs
    except ImportError:
        raise Failure(
            "esp-idf-nvs-partition-gen is not installed: pip install 'linli[firmware]'"
        ) from None
    content = io.BytesIO()
    # The generator adds the page that must stay free.
    with nvs.nvs_open(content, size - _PAGE, nvs.Page.VERSION2) as storage:
        nvs.write_entry(storage, NAMESPACE, "namespace", "", "")
        (blob,) = identity_of(address, root).values()
        nvs.write_entry(storage, KEY, "data", "binary", blob)
    return content.getvalue()


def _size(text: str) -> int:
    try:
        size = int(text, 0)
    except ValueError:
        size = 0
    least = _LEAST_PAGES * _PAGE
    if size % _PAGE or not least <= size <= _MOST:
        raise typer.BadParameter(f"--size: {text!r} is no multiple of {_PAGE} from {least} on")
    return size


def _read(path: Path) -> bytes:
    """Return the key in a file; Failure when it holds none, or others can read it."""
    if looks_like_key(str(path)) and not path.exists():
        raise typer.BadParameter("keys come from files: others see what stands on a command line")
    return parse_key(private_text(path), str(path))


def _write(path: Path, content: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Failure(f"{path}: exists, and keys are never overwritten") from None
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError as error:
        path.unlink()
        raise Failure(f"{path}: {error.strerror}") from error
