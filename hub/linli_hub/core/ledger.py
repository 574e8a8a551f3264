"""Which events of a device the hub has: each counts once, however often it arrives."""

import struct
from bisect import bisect_right

from linli_protocol.types import Store

# A gap older than this many events is taken for overwritten on the device.
SPAN = 4096

_RANGE = struct.Struct(">II")


class EventLedger:
    """The sequence numbers received, as ranges; kept under `key` of `store`."""

    def __init__(self, store: Store, key: str) -> None:
        self._store = store
        self._key = key
        saved = store.get(key) or b""
        # Starts and ends, ends not included; the first range starts at 0.
        self._ranges: list[list[int]] = [list(each) for each in _RANGE.iter_unpack(saved)]
        if not self._ranges:
            self._ranges = [[0, 0]]

    @property
    def floor(self) -> int:
        """The number below which all are known."""
        return self._ranges[0][1]

    @property
    def missing(self) -> int:
        """How many numbers below the highest one are not known."""
        ranges = self._ranges
        return ranges[-1][1] - ranges[0][0] - sum(end - start for start, end in ranges)

    def add(self, sequence: int) -> bool:
        """Enter a sequence number; tell whether it is new."""
        ranges = self._ranges
        at = bisect_right(ranges, sequence, key=lambda each: each[0]) - 1
        before = ranges[at]
        if sequence < before[1]:
            return False
        if sequence == before[1]:
            before[1] += 1
        else:
            at += 1
            ranges.insert(at, [sequence, sequence + 1])
        if at + 1 < len(ranges) and ranges[at + 1][0] == ranges[at][1]:
            ranges[at][1] = ranges.pop(at + 1)[1]
        if sum(end - start for start, end in ranges[1:]) > SPAN:
            ranges[0][1] = ranges.pop(1)[1]
        self._store.put(self._key, b"".join(_RANGE.pack(*each) for each in ranges))
        return True

    def forget(self) -> None:
        """Take every number for new again."""
        self._ranges = [[0, 0]]
        self._store.delete(self._key)
