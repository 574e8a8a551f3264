"""Which archives have taken over rows of the log: one fact for each."""

import json
from dataclasses import dataclass

from ..log import Head
from .database import StorageError, Transaction

_PREFIX = "archive/"


@dataclass(frozen=True, slots=True)
class Archive:
    """A file with the rows after `before` up to `end`; `sm3` is the hash of the file's bytes."""

    before: Head
    end: Head
    size: int
    sm3: bytes

    @property
    def name(self) -> str:
        """The file's name."""
        return f"log-{self.before.number + 1:012}-{self.end.number:012}.parquet"

    @property
    def fact(self) -> str:
        """The name of its fact."""
        return f"{_PREFIX}{self.end.number:020}"

    def told(self) -> dict[str, int | str]:
        """Return what the log is told of it."""
        return {
            "file": self.name,
            "first": self.before.number + 1,
            "last": self.end.number,
            "previous_hash": self.before.hash.hex(),
            "hash": self.end.hash.hex(),
            "bytes": self.size,
            "sm3": self.sm3.hex(),
        }

    def encode(self) -> bytes:
        """Return its fact."""
        return json.dumps(self.told(), separators=(",", ":")).encode()


def _decode(name: str, content: bytes) -> Archive:
    try:
        told = json.loads(content)
        return Archive(
            Head(told["first"] - 1, bytes.fromhex(told["previous_hash"])),
            Head(told["last"], bytes.fromhex(told["hash"])),
            told["bytes"],
            bytes.fromhex(told["sm3"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(f"the fact {name} holds what no hub writes: {error}") from error


def known(transaction: Transaction) -> list[Archive]:
    """Return all archives, in order."""
    query = "SELECT name, content FROM facts WHERE name LIKE ?"
    found = transaction.query(query, [_PREFIX + "%"])
    return [_decode(name, bytes(content)) for name, content in sorted(found)]
