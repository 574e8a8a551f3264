"""Frames: how journal, snapshot and retained memory hold changes, each under its own checksum.

Frame: length u16 of the rest, crc u32 of kind to end, kind u8, length u8 of the name, name (ASCII),
content; numbers most significant byte first. CRC-32 as in binascii: it is built into both runtimes,
where CRC-16 in Python would take longer than the write, and it is strong enough that a scan may try
every offset of a damaged region for the next frame.
"""

import binascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = 6
# Kind and length of the name; less is no frame, so that a region of zeros holds none.
_LEAST = 2


def pack(kind: int, name: str, content: bytes) -> bytes:
    """Return a frame. ValueError: the name is longer than 255 bytes."""
    body = bytes((kind, len(name))) + name.encode() + content
    crc = binascii.crc32(body)
    return len(body).to_bytes(2, "big") + crc.to_bytes(4, "big") + body


def scan(data: bytes) -> "Iterator[tuple[int, int, int, str, bytes]]":
    """Yield (offset, end, kind, name, content) of the sound frames; skip what lies between."""
    at = 0
    while at + _PREFIX + _LEAST <= len(data):
        body = at + _PREFIX
        length = data[at] << 8 | data[at + 1]
        end = body + length
        if length < _LEAST or end > len(data):
            at += 1
            continue
        crc = int.from_bytes(data[at + 2 : body], "big")
        if crc != binascii.crc32(data[body:end]):
            at += 1
            continue
        name = body + _LEAST
        content = name + data[body + 1]
        # Two erased bytes have a checksum as well: 00 02 FF FF 00 00 FF FF is no frame.
        if content > end or max(data[name:content], default=0) > 127:
            at += 1
            continue
        yield at, end, data[body], str(data[name:content], "ascii"), data[content:end]
        at = end
