"""Counters in flash that survive any power cut without ever giving out a number twice.

Writing each number to flash before its use would wear the flash out; so a block is reserved with
one write and numbers are given out of it. After a restart counting goes on behind the block: up to
a block of numbers is skipped, none repeats.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Store

COUNTER_END = 0x100000000


def restore(low: int, bits: int, highest: int) -> int:
    """Return the number below 2^32 whose low `bits` are `low`, nearest above `highest`.

    Half of the truncated range above and half below `highest` + 1 can be told apart.
    """
    period = 1 << bits
    expected = highest + 1
    number = expected & -period | low
    if number > expected + period // 2:
        number -= period
    elif number <= expected - period // 2:
        number += period
    if number < 0:
        return number + period
    return number if number < COUNTER_END else number - period


def _saved(store: "Store", key: str, context: bytes, otherwise: int) -> int:
    """Return the number kept under `key`, `otherwise` when there is none in this context."""
    saved = store.get(key)
    if saved is None or saved[:-4] != context:
        return otherwise
    return int.from_bytes(saved[-4:], "big")


class ReservedCounter:
    """Numbers 0, 1, 2, … for a purpose (`key`) within a context (`context`, such as an epoch).

    A new context starts at 0; a restart within one goes on behind what was reserved.
    """

    def __init__(self, store: "Store", key: str, block: int, context: bytes = b"") -> None:
        self._store = store
        self._key = key
        self._block = block
        self._context = context
        self.next = _saved(store, key, context, 0)
        self._limit = self.next

    def resume(self, number: int) -> None:
        """Go on at `number`, which was `next` of a counter that has given out none since."""
        self.next = number

    def take(self) -> "int | None":
        """Return the next number, None when all 2^32 - 1 are used up."""
        number = self.next
        if number >= self._limit:
            limit = min(number + self._block, COUNTER_END - 1)
            if number >= limit:
                return None
            self._store.put(self._key, self._context + limit.to_bytes(4, "big"))
            self._limit = limit
        self.next = number + 1
        return number


class HighWater:
    """The highest number accepted, kept so that after a restart nothing accepted is accepted again.

    What is stored runs up to `block` - 1 ahead of what was accepted, which bounds the writes; that
    many fresh numbers may be refused after a restart.
    """

    def __init__(self, store: "Store", key: str, block: int, context: bytes = b"") -> None:
        self._store = store
        self._key = key
        self._block = block
        self._context = context
        self.limit = _saved(store, key, context, -1)

    def raise_to(self, number: int) -> None:
        """Make durable that `number` is accepted."""
        if number > self.limit:
            self.limit = min(number + self._block, COUNTER_END) - 1
            self._store.put(self._key, self._context + self.limit.to_bytes(4, "big"))
