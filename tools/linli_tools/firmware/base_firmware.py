"""MicroPython's own firmware, a .bin for an ESP32: what it is for and where its parts go.

The file is what MicroPython's ports/esp32/makeimg.py writes and micropython.org offers: boot
loader, partition table and application, the gaps between them blank. Images and their headers:
ESP-IDF, esp_app_format.h and esp_image_format.h.
"""

import hashlib
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import xor

from .partitions import APP, TABLE_LENGTH, TABLE_OFFSET, Partition, parse_table

# Releases that are known to load the .mpy files of an image (6.3), from the least that Linli's
# firmware runs on.
OLDEST = (1, 28)
NEWEST = (1, 29)

_MAGIC = 0xE9
_HEADER = struct.Struct("<BBBBI4xH9xB")  # magic, segments, mode, size, entry, chip, hash appended
_SEGMENT = struct.Struct("<II")
_CHECKSUM_SEED = 0xEF
_HASH_LENGTH = 32
_BANNER = re.compile(rb"MicroPython v(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?[ -~]{0,64}? on \d{4}-")


@dataclass(frozen=True, slots=True)
class Chip:
    """A chip: its name to esptool and to people, its boot loader's offset, its .mpy files."""

    name: str
    title: str
    boot_offset: int
    architecture: str


CHIPS = {
    0: Chip("esp32", "ESP32", 0x1000, "xtensawin"),
    9: Chip("esp32s3", "ESP32-S3", 0, "xtensawin"),
    5: Chip("esp32c3", "ESP32-C3", 0, "rv32imc"),
    13: Chip("esp32c6", "ESP32-C6", 0, "rv32imc"),
}


@dataclass(frozen=True, slots=True)
class BaseFirmware:
    """A MicroPython for `chip`; `application` goes to the start of `home`.

    `flash_size` is the least that its boot loader starts on; `version` counts major, minor, patch.
    """

    chip: Chip
    version: tuple[int, int, int]
    flash_size: int
    partitions: Sequence[Partition]
    home: Partition
    boot_loader: bytes
    table: bytes
    application: bytes


@dataclass(frozen=True, slots=True)
class _Image:
    chip_id: int
    flash_size: int
    data: bytes


def parse_base_firmware(data: bytes) -> BaseFirmware:
    """Return what a .bin holds; ValueError says why it is not a MicroPython that can be used."""
    start, boot = _boot_loader(data)
    chip = CHIPS[boot.chip_id]
    if chip.boot_offset + len(boot.data) > TABLE_OFFSET:
        raise ValueError("it begins with something longer than a boot loader: take the whole .bin")
    table = data[TABLE_OFFSET - start : TABLE_OFFSET - start + TABLE_LENGTH]
    partitions = parse_table(table)
    home = next((partition for partition in partitions if partition.kind == APP), None)
    if home is None:
        raise ValueError("its partition table has no place for an application")
    application = _image(data, home.offset - start, "application")
    if application.chip_id != boot.chip_id:
        raise ValueError("its boot loader and its application are for different chips")
    if len(application.data) > home.size:
        raise ValueError(
            f"its application has {len(application.data)} bytes, its partition {home.size}"
        )
    parts = (
        (chip.boot_offset - start, boot.data),
        (TABLE_OFFSET - start, table),
        (home.offset - start, application.data),
    )
    if _rest(data, parts).strip(b"\xff"):
        raise ValueError("it holds more than MicroPython, and no more than that is written")
    banner = _BANNER.search(application.data)
    if banner is None:
        raise ValueError("its application does not call itself MicroPython")
    major, minor, patch = (int(figure or 0) for figure in banner.groups())
    if not OLDEST <= (major, minor) <= NEWEST:
        raise ValueError(
            f"it is MicroPython {major}.{minor}.{patch}; images of Linli run on "
            f"{OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
        )
    return BaseFirmware(
        chip,
        (major, minor, patch),
        boot.flash_size,
        partitions,
        home,
        boot.data,
        table,
        application.data,
    )


def _boot_loader(data: bytes) -> tuple[int, _Image]:
    """Return where on the flash the file begins, and the boot loader.

    MicroPython's files begin with the boot loader, those of `esptool merge-bin` at 0.
    """
    for offset in sorted({chip.boot_offset for chip in CHIPS.values()}):
        if data[: offset + 1] != b"\xff" * offset + bytes([_MAGIC]):
            continue
        boot = _image(data, offset, "boot loader")
        if boot.chip_id not in CHIPS:
            titles = ", ".join(chip.title for chip in CHIPS.values())
            raise ValueError(f"it is for chip {boot.chip_id}; Linli knows {titles}")
        start = CHIPS[boot.chip_id].boot_offset - offset
        if start >= 0:
            return start, boot
    raise ValueError("it does not begin with the boot loader of an ESP32")


def _image(data: bytes, start: int, name: str) -> _Image:
    """Return the image at `start`, whole as its checksum and its hash prove."""
    if len(data) < start + _HEADER.size or data[start] != _MAGIC:
        raise ValueError(f"no {name} at {start:#x} of the file: take the whole .bin")
    _, segments, _, size, _, chip_id, hashed = _HEADER.unpack_from(data, start)
    checksum = _CHECKSUM_SEED
    end = start + _HEADER.size
    for _ in range(segments):
        if len(data) < end + _SEGMENT.size:
            raise ValueError(f"its {name} is cut short")
        _, length = _SEGMENT.unpack_from(data, end)
        body = data[end + _SEGMENT.size : end + _SEGMENT.size + length]
        checksum = reduce(xor, body, checksum)
        end += _SEGMENT.size + length
    end += 16 - (end - start) % 16
    if len(data) < end + (_HASH_LENGTH if hashed else 0):
        raise ValueError(f"its {name} is cut short")
    if data[end - 1] != checksum:
        raise ValueError(f"its {name} is damaged: the checksum differs")
    if hashed:
        digest = hashlib.sha256(data[start:end]).digest()
        if data[end : end + _HASH_LENGTH] != digest:
            raise ValueError(f"its {name} is damaged: the SHA-256 differs")
        end += _HASH_LENGTH
    return _Image(chip_id, 1 << 20 + (size >> 4), data[start:end])


def _rest(data: bytes, parts: Sequence[tuple[int, bytes]]) -> bytes:
    """Return what lies between the parts and behind them."""
    rest, end = b"", 0
    for offset, part in parts:
        rest += data[end:offset]
        end = offset + len(part)
    return rest + data[end:]
