"""Data keys: records about people are sealed, each person's or household's under its own keys.

A key that is destroyed takes with it all that was sealed under it, in the log, its archives and its
backups, while the chain of the log stays whole. A subject has a key for each time that something
may be kept and each period in which it was written down, see `key_terms`. Keys are facts,
themselves sealed under the hub's master key, which is in no database.
"""

from collections.abc import Sequence

from linli_protocol.crypto import Aead
from linli_protocol.types import Random, Store

from .key_terms import (
    FOR_EVER,
    Overdue,
    Slot,
    decode,
    encode,
    key_fact,
    retired,
    ring_fact,
    slot,
)
from .log import Record

_NONCE_LENGTH = 12
_TAG_LENGTH = 16
_KEY_LENGTH = 16
_LAST = "vault/last"
# Keys that are held open; all of a site's would take as much memory as its tables.
_MOST_OPENED = 20_000


class VaultError(Exception):
    """The master key is not the one that the data keys were sealed under."""


class Vault:
    """The data keys in `store`, sealed under `master_key` (16 bytes).

    `random` must be fit for keys. A subject is whose data a key protects, such as "household 12".
    """

    def __init__(self, store: Store, master_key: bytes, random: Random) -> None:
        self._store = store
        self._master = Aead(master_key)
        self._random = random
        self._opened: dict[int, Aead] = {}
        self._numbers: dict[tuple[str, Slot], int] = {}

    def key_of(self, subject: str, days: int = FOR_EVER, time_us: int = 0) -> int:
        """Return the number of the key of `subject` for what is kept for `days` from `time_us` on.

        It is made when there is none.
        """
        which = slot(days, time_us)
        known = self._numbers.get((subject, which))
        if known is None:
            if len(self._numbers) >= _MOST_OPENED:
                self._numbers.clear()
            known = self._numbers[subject, which] = self._found(subject, which)
        return known

    def _found(self, subject: str, which: Slot) -> int:
        name = ring_fact(subject)
        ring = decode(self._store.get(name))
        if which in ring:
            return ring[which]
        last = self._store.get(_LAST)
        number = 1 + (int.from_bytes(last, "big") if last else 0)
        encoded = number.to_bytes(4, "big")
        key = self._seal(self._master, encoded, self._random(_KEY_LENGTH))
        self._store.put(_LAST, encoded)
        self._store.put(key_fact(number), key)
        self._store.put(name, encode({**ring, which: number}))
        return number

    def erase(self, subject: str) -> list[int]:
        """Destroy all keys of `subject` and return their numbers.

        The next record gets a new one.
        """
        numbers = list(decode(self._store.get(ring_fact(subject))).values())
        self.destroy([Overdue(subject, number) for number in numbers])
        return numbers

    def destroy(self, keys: Sequence[Overdue]) -> None:
        """Destroy keys of any subjects."""
        rings = {ring_fact(subject): self._store.get(ring_fact(subject)) for subject, _ in keys}
        known = {name: ring for name, ring in rings.items() if ring is not None}
        for name, content in retired(known, keys).items():
            if content is None:
                self._store.delete(name)
            else:
                self._store.put(name, content)
        self._numbers.clear()
        for _, number in keys:
            self._opened.pop(number, None)

    def sealed(
        self,
        time_us: int,
        kind: str,
        device: int,
        subject: str,
        body: bytes,
        days: int = FOR_EVER,
    ) -> Record:
        """Return a record whose body only the hub can read, as long as it has the key.

        The key is one for what may be kept for `days`.
        """
        number = self.key_of(subject, days, time_us)
        return self.sealed_under(time_us, kind, device, number, body)

    def sealed_under(
        self, time_us: int, kind: str, device: int, number: int, body: bytes
    ) -> Record:
        """Return a record under the key `number`; KeyError when that was erased."""
        aead = self._key(number)
        if aead is None:
            raise KeyError(number)
        sealed = self._seal(aead, _context(time_us, kind, device), body)
        record = Record(time_us, kind, device, number, sealed)
        # So that projections need not open it.
        object.__setattr__(record, "clear", body)
        return record

    def body(self, record: Record) -> bytes | None:
        """Return the body of a record, sealed or not; None when its key was erased.

        VaultError: it is not what was sealed.
        """
        if not record.key:
            return record.body
        aead = self._key(record.key)
        if aead is None:
            return None
        if record.clear is not None:
            return record.clear
        return self._open(
            aead, _context(record.time_us, record.kind, record.device), record.body, "a record"
        )

    def _key(self, number: int) -> Aead | None:
        aead = self._opened.get(number)
        if aead is None:
            name = key_fact(number)
            sealed = self._store.get(name)
            if sealed is None:
                return None
            what = f"data key {number}"
            key = self._open(self._master, number.to_bytes(4, "big"), sealed, what)
            if len(self._opened) >= _MOST_OPENED:
                self._opened.clear()
            aead = self._opened[number] = Aead(key)
            if self._store.get(name) is None:
                # Destroyed by another thread meanwhile.
                self._opened.pop(number, None)
        return aead

    def _seal(self, aead: Aead, context: bytes, body: bytes) -> bytes:
        nonce = self._random(_NONCE_LENGTH)
        return nonce + aead.seal(nonce, context, body, _TAG_LENGTH)[len(context) :]

    def _open(self, aead: Aead, context: bytes, sealed: bytes, what: str) -> bytes:
        nonce, rest = sealed[:_NONCE_LENGTH], sealed[_NONCE_LENGTH:]
        body = None
        if len(nonce) == _NONCE_LENGTH:
            body = aead.open(nonce, context + rest, len(context), _TAG_LENGTH)
        if body is None:
            raise VaultError(f"{what} does not open: another master key, or it was changed")
        return body


def _context(time_us: int, kind: str, device: int) -> bytes:
    return b"%d %d %s" % (time_us, device, kind.encode())
