"""Key storage as ESP-IDF lays it out on flash, read.

ESP-IDF Programming Guide, "Non-Volatile Storage Library", Internals: pages of 4 KiB, each a header,
a bitmap of entry states and 126 entries of 32 bytes. Numbers are least significant byte first.
"""

import struct
import zlib
from collections.abc import Iterator

PAGE_SIZE = 4096
_ENTRY_SIZE = 32
_ENTRIES = 126
_BITMAP_AT = 32
_ENTRIES_AT = 64

# States of pages that hold something: active, full, being emptied; and of an entry that does.
_PAGES_IN_USE = (0xFFFFFFFE, 0xFFFFFFFC, 0xFFFFFFF8)
_WRITTEN = 0b10

_U8 = 0x01
_BLOB = 0x41  # of page version 1, in one piece
_BLOB_DATA = 0x42
_BLOB_INDEX = 0x48
_NAMESPACES = 0


def read_nvs(partition: bytes) -> dict[str, bytes]:
    """Return the blobs in a partition by "namespace/key"; values of other types are left out.

    ValueError says what is damaged and where. An empty partition has no blobs.
    """
    if not partition or len(partition) % PAGE_SIZE:
        raise ValueError(f"key storage has pages of {PAGE_SIZE} bytes, not {len(partition)} bytes")
    namespaces: dict[int, str] = {}
    whole: dict[tuple[int, str], bytes] = {}
    pieces: dict[tuple[int, str, int], bytes] = {}
    indexes: list[tuple[int, str, bytes]] = []
    for header, data in _entries(partition):
        namespace, kind, _, chunk = header[:4]
        key = header[8:24].rstrip(b"\0").decode("ascii")
        if namespace == _NAMESPACES and kind == _U8:
            namespaces[header[24]] = key
        elif kind == _BLOB:
            whole[namespace, key] = data
        elif kind == _BLOB_DATA:
            pieces[namespace, key, chunk] = data
        elif kind == _BLOB_INDEX:
            indexes.append((namespace, key, header[24:]))
    for namespace, key, described in indexes:
        size, count, first = struct.unpack_from("<IBB", described)
        chunks = [pieces.get((namespace, key, first + number), b"") for number in range(count)]
        whole[namespace, key] = b"".join(chunks)
        if len(whole[namespace, key]) != size:
            raise ValueError(f"key storage: {key} is not as long as its index says")
    return {
        f"{namespaces[number]}/{key}": value
        for (number, key), value in whole.items()
        if number in namespaces
    }


def _entries(partition: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield first entry and data of each value, oldest page first."""
    pages = [partition[at : at + PAGE_SIZE] for at in range(0, len(partition), PAGE_SIZE)]
    used = [page for page in pages if struct.unpack_from("<I", page)[0] in _PAGES_IN_USE]
    for page in sorted(used, key=lambda page: struct.unpack_from("<I", page, 4)[0]):
        _check(page[4:28], page[28:32], "a page's header")
        states = int.from_bytes(page[_BITMAP_AT:_ENTRIES_AT], "little")
        number = 0
        while number < _ENTRIES:
            if states >> 2 * number & 0b11 != _WRITTEN:
                number += 1
                continue
            at = _ENTRIES_AT + number * _ENTRY_SIZE
            header = page[at : at + _ENTRY_SIZE]
            _check(header[:4] + header[8:], header[4:8], f"entry {number}")
            span = header[2]
            data = b""
            if span > 1:
                (size,) = struct.unpack_from("<H", header, 24)
                data = page[at + _ENTRY_SIZE : at + _ENTRY_SIZE + size]
                _check(data, header[28:32], f"the data of entry {number}")
            yield header, data
            number += max(span, 1)


def _check(data: bytes, expected: bytes, what: str) -> None:
    if zlib.crc32(data, 0xFFFFFFFF).to_bytes(4, "little") != expected:
        raise ValueError(f"key storage: {what} is damaged")
