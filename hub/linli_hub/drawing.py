"""Random bytes, of which the system is asked for many at a time: each time takes long."""

import threading

from linli_protocol.types import Random

_BLOCK = 4096


class Drawing:
    """Gives out what `random` gives, every byte once; for any thread."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._lock = threading.Lock()
        self._block = b""
        self._used = 0

    def __call__(self, count: int) -> bytes:
        """Return `count` bytes, a block at most."""
        with self._lock:
            begin, self._used = self._used, self._used + count
            if self._used > len(self._block):
                self._block = self._random(_BLOCK)
                begin, self._used = 0, count
            return self._block[begin : self._used]
