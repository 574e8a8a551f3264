"""The door's list of credentials: thousands on flash, looked up without loading them.

A sorted file of fixed records, searched by halving, holds the list as of some version. Steps since
then are kept whole in an append-only log and, as an overlay, in RAM. Appending a step is the one
write that makes it hold; a merge writes file and version anew and then empties the log. Steps in
the log that do not continue from the file's version are leftovers of a merge that lost power before
the log was emptied. So after a power cut the list is the old version or the new one, whole. Steps
behind a damaged one do not continue either: the list stays at the last version that can be read.

File: version u32, most significant byte first, then credentials as in linli_protocol.access_list in
the order of their tokens. Step: base u32, version u32, changes.

Wear: one write of its length a step, and one of the whole list for each `OVERLAY` changes.
"""

import struct

from linli_protocol.access_list import (
    ADD,
    CREDENTIAL_LENGTH,
    REMOVE,
    TOKEN_LENGTH,
    Credential,
    decode_changes,
    decode_credential,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..types import Store

    Changes = list[tuple[int, bytes, bytes | None]]

FILE = "credentials"
STEPS = "credentials.steps"
_HEADER = ">I"
_HEADER_LENGTH = 4
_STEP = ">II"
_STEP_LENGTH = 8

# Changes held in RAM, a little over 2 kB.
OVERLAY = 96
# A credential and whether the list has it; what is removed keeps its token.
_CHANGE_LENGTH = CREDENTIAL_LENGTH + 1
_BLOCK = 32

# Why a step was refused; the `detail` of a LIST_REFUSED event.
WRONG_BASE = 1
OLD_VERSION = 2
MALFORMED = 3
DUPLICATE = 4
NOT_FOUND = 5
FULL = 6


class Credentials:
    """The list at `version` (0: never written) with up to `limit` credentials."""

    def __init__(self, store: "Store", limit: int) -> None:
        self._store = store
        self._limit = limit
        # Changes in the order of their tokens; a dict of them would take several times the RAM.
        self._overlay = bytearray()
        self._load_file()
        for index in range(store.first(STEPS), store.end(STEPS)):
            step = store.read(STEPS, index)
            if step is None:
                # Damaged: the list stays at the version before, which the hub is told.
                continue
            base, version = struct.unpack(_STEP, step[:_STEP_LENGTH])
            if base == self.version:
                self._absorb(decode_changes(step[_STEP_LENGTH:]), version)

    def find(self, token: bytes) -> "Credential | None":
        """Return the credential of a token (5 bytes), None when the list does not have it."""
        record = self._record(token)
        return decode_credential(record) if record is not None else None

    def apply(self, base: int, version: int, changes: bytes) -> int:
        """Make one step from version `base` to `version`; base 0 starts from an empty list.

        Returns 0, or why the step was refused, in which case nothing has changed. Versions must
        rise, also over a start from empty, so that a late step can never be taken for a new one.
        """
        if base not in (0, self.version):
            return WRONG_BASE
        if version <= self.version:
            return OLD_VERSION
        try:
            parsed = decode_changes(changes)
        except ValueError:
            return MALFORMED
        if base == 0:
            return self._start(version, parsed)
        refusal = self._check(parsed, self._has, self.count)
        if not refusal:
            self._store.append(STEPS, struct.pack(_STEP, base, version) + changes)
            self._absorb(parsed, version)
            if self._changes() > OVERLAY:
                self._merge()
        return refusal

    def _start(self, version: int, parsed: "Changes") -> int:
        refusal = self._check(parsed, lambda token: False, 0)
        if not refusal:
            self._overlay = bytearray()
            self._records = 0
            self.count = 0
            self._absorb(parsed, version)
            self._merge()
        return refusal

    def _check(self, parsed: "Changes", has: "Callable[[bytes], bool]", count: int) -> int:
        known: "dict[bytes, bool]" = {}
        for operation, token, record in parsed:
            present = known[token] if token in known else has(token)
            if present != (operation != ADD):
                return DUPLICATE if present else NOT_FOUND
            known[token] = record is not None
            count += (record is not None) - present
        return FULL if count > self._limit else 0

    def _absorb(self, parsed: "Changes", version: int) -> None:
        for operation, token, record in parsed:
            at, known = _place(token, self._changes(), self._change)
            start = at * _CHANGE_LENGTH
            end = start if known is None else start + _CHANGE_LENGTH
            self._overlay[start:end] = (
                token + bytes(_CHANGE_LENGTH - TOKEN_LENGTH) if record is None else record + b"\x01"
            )
            if operation == ADD:
                self.count += 1
            elif operation == REMOVE:
                self.count -= 1
        self.version = version

    def _merge(self) -> None:
        self._store.file_replace(FILE, self._merged())
        self._store.trim(STEPS, self._store.end(STEPS))
        self._overlay = bytearray()
        self._load_file()

    def _merged(self) -> "Iterator[bytes]":
        yield struct.pack(_HEADER, self.version)
        at = 0
        for start in range(0, self._records, _BLOCK):
            count = min(_BLOCK, self._records - start)
            block = self._store.file_read(FILE, self._offset(start), count * CREDENTIAL_LENGTH)
            out = []
            for offset in range(0, len(block), CREDENTIAL_LENGTH):
                record = block[offset : offset + CREDENTIAL_LENGTH]
                token = record[:TOKEN_LENGTH]
                while at < self._changes() and self._change(at)[:TOKEN_LENGTH] < token:
                    out.append(self._changed_record(at))
                    at += 1
                if at < self._changes() and self._change(at)[:TOKEN_LENGTH] == token:
                    record = self._changed_record(at)
                    at += 1
                out.append(record)
            yield b"".join(out)
        yield b"".join([self._changed_record(each) for each in range(at, self._changes())])

    def _load_file(self) -> None:
        header = self._store.file_read(FILE, 0, _HEADER_LENGTH)
        self.version = struct.unpack(_HEADER, header)[0] if header else 0
        size = self._store.file_size(FILE)
        self._records = max(size - _HEADER_LENGTH, 0) // CREDENTIAL_LENGTH
        self.count = self._records

    def _has(self, token: bytes) -> bool:
        return self._record(token) is not None

    def _record(self, token: bytes) -> "bytes | None":
        change = _place(token, self._changes(), self._change)[1]
        if change is not None:
            return change[:CREDENTIAL_LENGTH] if change[-1] else None
        return _place(token, self._records, self._stored)[1]

    def _changes(self) -> int:
        return len(self._overlay) // _CHANGE_LENGTH

    def _change(self, index: int) -> bytes:
        start = index * _CHANGE_LENGTH
        return bytes(self._overlay[start : start + _CHANGE_LENGTH])

    def _changed_record(self, index: int) -> bytes:
        change = self._change(index)
        return change[:CREDENTIAL_LENGTH] if change[-1] else b""

    def _stored(self, index: int) -> bytes:
        return self._store.file_read(FILE, self._offset(index), CREDENTIAL_LENGTH)

    def _offset(self, index: int) -> int:
        return _HEADER_LENGTH + index * CREDENTIAL_LENGTH


def _place(
    token: bytes, count: int, record: "Callable[[int], bytes]"
) -> "tuple[int, bytes | None]":
    """Return (where `token` stands or belongs among `count` sorted records, its record or None)."""
    low = 0
    high = count
    while low < high:
        middle = (low + high) // 2
        found = record(middle)
        if found[:TOKEN_LENGTH] == token:
            return middle, found
        if found[:TOKEN_LENGTH] < token:
            low = middle + 1
        else:
            high = middle
    return low, None
