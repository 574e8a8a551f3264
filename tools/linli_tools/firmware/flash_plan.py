"""What goes where on the flash of a board, all of it checked before anything is written."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from linli_hil.flash_image import BLOCK_SIZE, grown, read_image

from .. import bundle
from .base_firmware import BaseFirmware, Chip
from .identity import device_of
from .partitions import (
    DATA,
    NVS,
    OTA_DATA,
    TABLE_OFFSET,
    Partition,
    file_system,
    find,
)

_NVS_LEAST_PAGES = 3
_NATIVE = bundle.MPY_SUB_VERSION << 8 | bundle.MPY_VERSION
_SMALL_INT_BITS = 31


@dataclass(frozen=True, slots=True)
class Region:
    """Bytes that go to `offset` of the flash; `name` is for people."""

    name: str
    offset: int
    data: bytes


def plan(
    base: BaseFirmware, flash_size: int, image: bytes, nvs: bytes | None
) -> tuple[Sequence[Region], Partition]:
    """Return the regions in the order of writing, and the partition of the file system.

    The boot loader comes last: until it is there nothing starts, so that a board which was cut off
    never runs half an image. NVS stays as it is without `nvs`. ValueError: something does not fit.
    """
    if max(base.flash_size, max(partition.end for partition in base.partitions)) > flash_size:
        raise ValueError(f"the MicroPython is for a larger flash than {flash_size} bytes")
    home = file_system(base.partitions, flash_size)
    if home.offset % BLOCK_SIZE or home.size % BLOCK_SIZE:
        raise ValueError(f"partition {home.name} does not consist of sectors of {BLOCK_SIZE} bytes")
    _fits("image", image, home)
    # What lies behind the image does not matter to the file system.
    files = grown(image, home.size // BLOCK_SIZE)[: len(image)]
    regions = [Region("file system", home.offset, files)]
    if nvs is not None:
        where = find(base.partitions, DATA, NVS)
        if where is None:
            raise ValueError("the MicroPython has no partition for NVS")
        _fits("NVS", nvs, where)
        regions.append(Region("NVS", where.offset, nvs.ljust(where.size, b"\xff")))
    # What another program left there may name an application that is not the one written.
    chosen = find(base.partitions, DATA, OTA_DATA)
    if chosen is not None:
        regions.append(Region("OTA data", chosen.offset, b"\xff" * chosen.size))
    regions += [
        Region("MicroPython", base.home.offset, base.application),
        Region("partition table", TABLE_OFFSET, base.table),
        Region("boot loader", base.chip.boot_offset, base.boot_loader),
    ]
    return regions, home


def check_image(image: bytes, chip: Chip) -> None:
    """Raise ValueError when `image` is not one of a Linli device for a chip."""
    files = read_image(image)
    for name in ("boot.py", "main.py"):
        if name not in files:
            raise ValueError(f"no image of a device: it has no {name}")
    native = bundle.abi(chip.architecture)
    for path, code in files.items():
        if not path.endswith(".mpy"):
            continue
        # Code without native parts says neither sub-version nor processor.
        abi = int.from_bytes(code[1:3], "little")
        if len(code) < 4 or code[:1] != b"M" or abi & 0x3FF not in (bundle.MPY_VERSION, _NATIVE):
            raise ValueError(f"{path} is not what MicroPython loads: .mpy 6.3")
        if abi not in (bundle.MPY_VERSION, native) or code[3] > _SMALL_INT_BITS:
            raise ValueError(f"{path} is compiled for another processor than the {chip.title}")


def built_for(manifest: bytes, image: bytes) -> str:
    """Return the board that a build's manifest names; ValueError when it is of another image."""
    try:
        said = json.loads(manifest)
        board, digest = str(said["board"]), said["image"]["sha256"]
    except (ValueError, TypeError, KeyError):
        raise ValueError("not the manifest of a build") from None
    if digest != hashlib.sha256(image).hexdigest():
        raise ValueError("it is the manifest of another image than the one beside it")
    return board


def check_manifest(manifest: bytes, image: bytes, chip: Chip) -> None:
    """Raise ValueError when the manifest of a build is of another image, or for another chip."""
    board = built_for(manifest, image)
    if board != chip.name:
        raise ValueError(f"the image is built for {board}, the MicroPython for {chip.name}")


def check_nvs(nvs: bytes) -> None:
    """Raise ValueError when `nvs` is no NVS image with a device's address and key."""
    if len(nvs) % BLOCK_SIZE or len(nvs) < _NVS_LEAST_PAGES * BLOCK_SIZE:
        raise ValueError(f"no NVS image: {len(nvs)} bytes are not three pages of 4096 or more")
    if device_of(nvs) is None:
        raise ValueError("no NVS image with address and key, as linli firmware provision makes it")


def _fits(name: str, data: bytes, partition: Partition) -> None:
    if len(data) > partition.size:
        raise ValueError(
            f"the {name} has {len(data)} bytes, its partition {partition.name} {partition.size}"
        )
