"""Which rows of the log have not gone yet: ranges of their numbers, the newest without an end."""

import json
from collections.abc import Iterable

_NO_END = (1 << 63) - 1


class Gaps:
    """Ranges (first, last), both included, in order; the newest goes on for ever."""

    def __init__(self, ranges: Iterable[tuple[int, int]]) -> None:
        self._ranges = list(ranges)

    @classmethod
    def after(cls, row: int) -> "Gaps":
        """Return the gap of all rows after `row`."""
        return cls([(row + 1, _NO_END)])

    @classmethod
    def decode(cls, text: bytes) -> "Gaps":
        """Return what `encode` has written."""
        return cls((first, last) for first, last in json.loads(text))

    def encode(self) -> bytes:
        """Return the ranges as JSON."""
        return json.dumps(self._ranges).encode()

    def __len__(self) -> int:
        return len(self._ranges)

    @property
    def oldest(self) -> tuple[int, int]:
        """The first range."""
        return self._ranges[0]

    @property
    def newest(self) -> tuple[int, int]:
        """The last range; its end is beyond any row."""
        return self._ranges[-1]

    def newest_first(self, head: int) -> list[tuple[int, int]]:
        """Return the parts that hold rows when `head` is the last one, the newest first."""
        parts = ((first, min(last, head)) for first, last in reversed(self._ranges))
        return [(first, last) for first, last in parts if first <= last]

    def waiting(self, head: int) -> int:
        """Return how many rows have not gone when `head` is the last one."""
        return sum(last - first + 1 for first, last in self.newest_first(head))

    def nth(self, count: int) -> int:
        """Return the number of the `count`-th row that has not gone, counted from the oldest."""
        for first, last in self._ranges[:-1]:
            if count <= last - first + 1:
                return first + count - 1
            count -= last - first + 1
        return self._ranges[-1][0] + count - 1

    def take(self, first: int, last: int) -> None:
        """Take rows out that have gone, or never will; the newest range keeps its open end."""
        left = []
        for start, end in self._ranges:
            if start < first:
                left.append((start, min(end, first - 1)))
            if end > last:
                left.append((max(start, last + 1), end))
        self._ranges = left

    def split(self, row: int) -> None:
        """Divide the newest range after `row`, which is in it."""
        first, end = self._ranges.pop()
        self._ranges += [(first, row), (row + 1, end)]
