"""Files in pages, each with its checksum, so that 22 bytes at any offset are read and checked.

A page is 128 bytes: crc u32 (CRC-32 of the content, begun with the page's number) and up to 124
bytes of content; only the last is shorter. LittleFS reads flash in lines of 128 bytes anyway, so
that checking costs no further access.
"""

import binascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PAGE = 128
_CRC = 4
CONTENT = PAGE - _CRC


def pages(chunks: "Iterable[bytes]") -> "Iterator[bytes]":
    """Yield the pages that hold the row of `chunks`."""
    number = 0
    rest = b""
    for chunk in chunks:
        rest += chunk
        at = 0
        while at + CONTENT <= len(rest):
            yield _page(number, rest[at : at + CONTENT])
            number += 1
            at += CONTENT
        rest = rest[at:]
    if rest:
        yield _page(number, rest)


def content_size(size: int) -> int:
    """Return how many bytes of content pages of `size` bytes in all hold."""
    return size // PAGE * CONTENT + max(size % PAGE - _CRC, 0)


def check(number: int, page: bytes) -> "bytes | None":
    """Return the content of page `number`, None when it is damaged."""
    content = page[_CRC:]
    sound = _crc(number, content) == page[:_CRC]
    return content if sound else None


def _page(number: int, content: bytes) -> bytes:
    return _crc(number, content) + content


def _crc(number: int, content: bytes) -> bytes:
    return binascii.crc32(content, number).to_bytes(_CRC, "big")
