"""The partition table of an ESP32's flash (ESP-IDF Programming Guide, Partition Tables)."""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass

TABLE_OFFSET = 0x8000
TABLE_LENGTH = 0xC00
FIRST_OFFSET = 0x9000

APP, DATA = 0, 1
OTA_DATA, NVS = 0x00, 0x02

_ROW = struct.Struct("<2sBBII16sI")
_ROW_MAGIC = b"\xaa\x50"
_CHECKSUM_MAGIC = b"\xeb\xeb" + b"\xff" * 14
_BLANK = b"\xff" * _ROW.size


@dataclass(frozen=True, slots=True)
class Partition:
    """Bytes `offset` to `end` of the flash; `kind` and `subtype` as ESP-IDF numbers them."""

    name: str
    kind: int
    subtype: int
    offset: int
    size: int

    @property
    def end(self) -> int:
        """The offset of the first byte behind it."""
        return self.offset + self.size


def parse_table(table: bytes) -> list[Partition]:
    """Return the partitions in the order of the table.

    ValueError: it is none, is damaged, or has partitions that overlap.
    """
    partitions: list[Partition] = []
    for start in range(0, min(len(table), TABLE_LENGTH) - _ROW.size + 1, _ROW.size):
        row = table[start : start + _ROW.size]
        if row.startswith(_CHECKSUM_MAGIC):
            if row[16:] != hashlib.md5(table[:start], usedforsecurity=False).digest():
                raise ValueError("the partition table is damaged: its MD5 differs")
            if table[start + _ROW.size : start + 2 * _ROW.size] not in (b"", _BLANK):
                raise ValueError("the partition table goes on behind its MD5")
            _check(partitions)
            return partitions
        magic, kind, subtype, offset, size, name, _flags = _ROW.unpack(row)
        if magic != _ROW_MAGIC:
            break
        text = name.rstrip(b"\0").decode("ascii", "backslashreplace")
        partitions.append(Partition(text, kind, subtype, offset, size))
    raise ValueError("no partition table that ends with its MD5")


def find(partitions: Sequence[Partition], kind: int, subtype: int) -> Partition | None:
    """Return the first partition of a kind, or None."""
    for partition in partitions:
        if (partition.kind, partition.subtype) == (kind, subtype):
            return partition
    return None


def file_system(partitions: Sequence[Partition], flash_size: int) -> Partition:
    """Return the partition that MicroPython mounts as `/`.

    Where the table has none, as in the stock builds, MicroPython takes what lies behind the last
    partition, up to the end of the flash (ports/esp32/main.c). ValueError: nothing is left, or it
    is to be FAT.
    """
    for partition in partitions:
        if partition.kind == DATA and partition.name == "vfs":
            return partition
        if partition.kind == DATA and partition.name == "ffat":
            raise ValueError("its file system is FAT (partition ffat), which a power cut damages")
    end = max(partition.end for partition in partitions)
    if end >= flash_size:
        raise ValueError(
            f"its partitions take {end} bytes, the flash has {flash_size}: no file system fits"
        )
    return Partition("vfs", DATA, 0x81, end, flash_size - end)


def _check(partitions: Sequence[Partition]) -> None:
    free = FIRST_OFFSET
    for partition in sorted(partitions, key=lambda partition: partition.offset):
        if not partition.size:
            raise ValueError(f"partition {partition.name} is empty")
        if partition.offset < free:
            raise ValueError(f"partition {partition.name} overlaps what lies before it")
        free = partition.end
