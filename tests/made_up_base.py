"""A MicroPython firmware file made up of headers, as no binary lies in this repository."""

import hashlib
import random
import struct
from collections.abc import Sequence
from functools import reduce
from operator import xor
from typing import NamedTuple

BANNER = b"MicroPython v1.28.0 on 2026-04-06; Generic ESP32 module with ESP32\0"
TABLE_LENGTH = 0xC00


class Row(NamedTuple):
    """A row of a partition table."""

    name: str
    kind: int
    subtype: int
    offset: int
    size: int


# MicroPython's partitions-4MiBplus.csv and partitions-4MiB-ota.csv.
STOCK = (
    Row("nvs", 1, 0x02, 0x9000, 0x6000),
    Row("phy_init", 1, 0x01, 0xF000, 0x1000),
    Row("factory", 0, 0x00, 0x10000, 0x1F0000),
)
OTA = (
    Row("nvs", 1, 0x02, 0x9000, 0x4000),
    Row("otadata", 1, 0x00, 0xD000, 0x2000),
    Row("phy_init", 1, 0x01, 0xF000, 0x1000),
    Row("ota_0", 0, 0x10, 0x10000, 0x180000),
    Row("ota_1", 0, 0x11, 0x190000, 0x180000),
)


def esp_image(chip_id: int, body: bytes, flash_code: int = 2) -> bytes:
    """Return an image of one segment; `flash_code` 0 is 1 MiB, 1 is 2 MiB, 2 is 4 MiB …"""
    head = struct.pack("<BBBBI4xH9xB", 0xE9, 1, 2, flash_code << 4, 0x40080000, chip_id, 1)
    image = head + struct.pack("<II", 0x3F400020, len(body)) + body
    image += bytes(15 - len(image) % 16) + bytes([reduce(xor, body, 0xEF)])
    return image + hashlib.sha256(image).digest()


def partition_table(rows: Sequence[Row]) -> bytes:
    """Return a table with its MD5, as long as it is on the flash."""
    table = b"".join(
        struct.pack("<HBBII16sI", 0x50AA, row.kind, row.subtype, row.offset, row.size,
                    row.name.encode(), 0)
        for row in rows
    )  # fmt: skip
    table += b"\xeb\xeb" + b"\xff" * 14 + hashlib.md5(table).digest()
    return table.ljust(TABLE_LENGTH, b"\xff")


def base_firmware(
    chip_id: int = 0,
    *,
    rows: Sequence[Row] = STOCK,
    banner: bytes = BANNER,
    flash_code: int = 2,
    length: int = 60_000,
) -> bytes:
    """Return the .bin of a MicroPython of about `length` bytes, from its boot loader on."""
    start = 0x1000 if chip_id == 0 else 0
    noise = random.Random(chip_id)
    boot_loader = esp_image(chip_id, noise.randbytes(4_000), flash_code)
    home = next(row for row in rows if row.kind == 0)
    application = esp_image(chip_id, noise.randbytes(length) + banner, flash_code)
    data = boot_loader.ljust(0x8000 - start, b"\xff") + partition_table(rows)
    return data.ljust(home.offset - start, b"\xff") + application
