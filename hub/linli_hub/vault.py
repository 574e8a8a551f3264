"""Data keys: records about people are sealed, each person's or household's under its own key.

A key that is erased takes with it all that was sealed under it, in the log, its archives and its
backups, while the chain of the log stays whole. Keys are facts, themselves sealed under the hub's
master key, which is in no database.
"""

from linli_protocol.crypto import Aead
from linli_protocol.types import Random, Store

from .log import Record

_NONCE_LENGTH = 12
_TAG_LENGTH = 16
_KEY_LENGTH = 16
_LAST = "vault/last"


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

    def key_of(self, subject: str) -> int:
        """Return the number of the key of `subject`, made when it has none."""
        name = f"vault/subject/{subject}"
        found = self._store.get(name)
        if found is not None:
            return int.from_bytes(found, "big")
        last = self._store.get(_LAST)
        number = 1 + (int.from_bytes(last, "big") if last else 0)
        encoded = number.to_bytes(4, "big")
        key = self._seal(self._master, encoded, self._random(_KEY_LENGTH))
        self._store.put(_LAST, encoded)
        self._store.put(f"vault/key/{number}", key)
        self._store.put(name, encoded)
        return number

    def erase(self, subject: str) -> int | None:
        """Destroy the key of `subject` and return its number; None when it has none.

        The next record gets a new one.
        """
        name = f"vault/subject/{subject}"
        found = self._store.get(name)
        if found is None:
            return None
        number = int.from_bytes(found, "big")
        self._store.delete(f"vault/key/{number}")
        self._store.delete(name)
        self._opened.pop(number, None)
        return number

    def sealed(self, time_us: int, kind: str, device: int, subject: str, body: bytes) -> Record:
        """Return a record whose body only the hub can read, as long as it has the key."""
        return self.sealed_under(time_us, kind, device, self.key_of(subject), body)

    def sealed_under(
        self, time_us: int, kind: str, device: int, number: int, body: bytes
    ) -> Record:
        """Return a record under the key `number`; KeyError when that was erased."""
        aead = self._key(number)
        if aead is None:
            raise KeyError(number)
        return Record(
            time_us, kind, device, number, self._seal(aead, _context(time_us, kind, device), body)
        )

    def body(self, record: Record) -> bytes | None:
        """Return the body of a record, sealed or not; None when its key was erased.

        VaultError: it is not what was sealed.
        """
        if not record.key:
            return record.body
        aead = self._key(record.key)
        if aead is None:
            return None
        return self._open(
            aead, _context(record.time_us, record.kind, record.device), record.body, "a record"
        )

    def _key(self, number: int) -> Aead | None:
        aead = self._opened.get(number)
        if aead is None:
            name = f"vault/key/{number}"
            sealed = self._store.get(name)
            if sealed is None:
                return None
            what = f"data key {number}"
            key = self._open(self._master, number.to_bytes(4, "big"), sealed, what)
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
