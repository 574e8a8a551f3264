"""`linli firmware inspect`: what a file is that a build, a signature or a provisioning has made."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from linli_firmware.node.build import FILE, Build
from linli_firmware.update import manifest as wire
from linli_protocol import words

from .. import bundle, signing
from ..failure import Failure
from ..files import read
from ..versions import version_text
from ..words import moment
from .build import MANIFEST

_ARCHITECTURES = {number: name for name, number in bundle.ARCHITECTURES.items()}


def inspect(
    file: Annotated[Path, typer.Argument(help="An update, a flash image, or key storage.")],
    public: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="A vendor's public key that must have signed the update."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print what a file is and for whom; exit 1 when it is damaged or not signed by --public.

    Whether a flash image is whole, and for which board, is known by the manifest beside it. A key
    in a file is not shown.
    """
    keys = {path: signing.read_public_key(path) for path in public or []}
    data = read(file)
    try:
        if data.startswith(wire.MAGIC):
            told = _update(data, keys)
        elif keys:
            raise Failure("only an update is signed, and this is none")
        else:
            told = _flash(data, file.with_name(MANIFEST))
    except Failure as error:
        raise Failure(f"{file}: {error}") from None
    if as_json:
        typer.echo(json.dumps(told, indent=1))
    else:
        width = max(map(len, told))
        for name, value in told.items():
            text = ", ".join(value) or "nobody" if isinstance(value, list) else value
            typer.echo(f"{name:{width}}  {text}")


def _update(data: bytes, keys: Mapping[Path, bytes]) -> dict[str, Any]:
    contents = bundle.inspect(data)
    head = contents.manifest
    if head.signer == bundle.NOBODY:
        signature = "none"
    else:
        signature = f"by key {head.signer.hex()}, not verified: give --public"
    if keys:
        fitting = [path for path, key in keys.items() if bundle.is_signed(contents, key)]
        if not fitting:
            raise Failure(f"not signed by {' or '.join(map(str, keys))}; signature: {signature}")
        signature = f"fits {fitting[0]}"
    processor = _ARCHITECTURES.get(head.abi >> 10, f"processor {head.abi >> 10}")
    return {
        "what": "update",
        "signature": signature,
        "for": words.DEVICE_KINDS.get(head.device_kind, f"kind {head.device_kind}"),
        "platform": f"{processor}, .mpy {head.abi & 0xFF}.{head.abi >> 8 & 3}",
        "version": version_text(head.version),
        "image": f"{head.image:08x}",
        **_built(contents.files, FILE),
        "files": len(contents.files),
        "bytes": len(data),
    }


def _flash(data: bytes, manifest: Path) -> dict[str, Any]:
    try:
        from linli_hil.flash_image import BLOCK_SIZE, blocks_used, read_image

        from .flash_plan import built_for
        from .identity import device_of
    except ImportError as error:
        raise Failure(f"{error.name} is not installed: pip install 'linli[firmware]'") from None
    device = device_of(data)
    if device is not None:
        return {"what": "key storage", "device": device, "key": "there", "bytes": len(data)}
    try:
        files = read_image(data)
    except ValueError:
        raise Failure(
            "neither an update nor a flash image nor key storage, or a damaged one"
        ) from None
    try:
        board = built_for(read(manifest), data) if manifest.exists() else "not known: no manifest"
    except ValueError as error:
        raise Failure(f"{manifest.name}: {error}") from None
    return {
        "what": "flash image",
        "board": board,
        "version": "unknown",
        **_built(files, f"lib/{FILE}"),
        "configuration": "config/config.json" if "config/config.json" in files else "none",
        "files": len(files),
        "used": f"{blocks_used(data) * BLOCK_SIZE // 1024} of {len(data) // 1024} kB",
        "bytes": len(data),
    }


def _built(files: Mapping[str, bytes], name: str) -> dict[str, Any]:
    """Return what an image says about itself; Failure when it says nothing that a board knows."""
    try:
        built = Build(files[name])
    except (KeyError, ValueError):
        raise Failure(f"no image of Linli's: no {name} that a board could read") from None
    return {
        "app": built.app,
        "version": version_text(built.version),
        "built": moment(built.built),
        "production": built.production,
        "takes updates by": [wire.signer_of(key).hex() for key in built.vendor_keys],
    }
