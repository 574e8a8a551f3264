"""A database that fails, or waits, as a test wants it to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from linli_hub.storage import Database, StorageError, Transaction

WAIT_S = 20


class Moody:
    """A database whose `fails` say how the next commits go wrong: before them, or after."""

    def __init__(self, inner: Database, fails: list[str]) -> None:
        self.name = inner.name
        self.reading = inner.reading
        self.scrub = inner.scrub
        self.reconnect = inner.reconnect
        self.close = inner.close
        self.fails = fails
        self.gate = threading.Event()
        self.gate.set()
        self._inner = inner

    @contextmanager
    def writing(self, copied: bool = True) -> Iterator[Transaction]:
        self.gate.wait(WAIT_S)
        mood = self.fails.pop(0) if self.fails else "well"
        if mood == "before":
            raise StorageError("the disk is full")
        with self._inner.writing(copied) as transaction:
            yield transaction
        if mood == "after":
            raise StorageError("the connection is lost")
