"""The chain: each row's hash covers its record, its number and the hash of the row before.

Who has one hash can tell whether anything up to its row was changed, taken out or put in. What is
cut off at the end shows only to somebody who kept a later hash elsewhere.
"""

import struct
from collections.abc import Iterable
from typing import NamedTuple

from linli_protocol.crypto import sm3

from .hashes import sm3_chain
from .record import Record, Row

_FIXED = struct.Struct(">QqIIB")


class Head(NamedTuple):
    """The end of a chain: the last row's number and hash (SM3, 32 bytes)."""

    number: int
    hash: bytes


GENESIS = Head(0, bytes(32))


class BrokenChainError(ValueError):
    """A row does not follow from the one before it; the message names the row."""


def _told(number: int, record: Record) -> bytes:
    kind = record.kind.encode()
    fixed = _FIXED.pack(number, record.time_us, record.device, record.key, len(kind))
    return fixed + kind + record.body


def chain(head: Head, records: Iterable[Record]) -> list[Row]:
    """Return `records` as the rows that follow `head`."""
    numbered = list(enumerate(records, head.number + 1))
    hashes = sm3_chain(head.hash, [_told(number, record) for number, record in numbered])
    return [
        Row(number, record, hash_) for (number, record), hash_ in zip(numbered, hashes, strict=True)
    ]


def verify(head: Head, rows: Iterable[Row]) -> Head:
    """Return the end of `rows`, which must follow `head`; BrokenChainError when they do not."""
    for row in rows:
        if row.number != head.number + 1:
            raise BrokenChainError(f"row {head.number + 1} is missing, row {row.number} is next")
        if row.hash != sm3(head.hash + _told(row.number, row.record)):
            raise BrokenChainError(f"row {row.number} is not what was written, or not after what")
        head = Head(row.number, row.hash)
    return head
