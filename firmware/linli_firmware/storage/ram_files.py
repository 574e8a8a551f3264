"""A folder in RAM with the operations of `files.BoardFiles`, and power cuts on demand.

For simulator and tests: it counts its durable operations and their bytes, and can be told at which
one the power fails.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# What becomes of the operation that a power cut hits. A cut append can leave a part of the data, or
# a part and garbage, which LittleFS would not; a cut replacement or removal is done or not done.
BEFORE = 0
AFTER = 1
HALF = 2
GARBAGE = 3
TORN = (BEFORE, AFTER, HALF, GARBAGE)


class PowerCut(Exception):
    """The power failed; the content of the folder is what flash would hold."""


class RamFiles:
    """`operations` counts appends, replacements and removals, `written` their bytes."""

    def __init__(self) -> None:
        self._files: "dict[str, bytearray]" = {}
        self.operations = 0
        self.written = 0
        self._cut_at = 0
        self._torn = BEFORE

    def lose_power_at(self, operation: int, torn: int = BEFORE) -> None:
        """Raise PowerCut at the `operation`-th durable operation from now; 0 for never."""
        self._cut_at = operation and self.operations + operation
        self._torn = torn

    def names(self) -> "list[str]":
        """Return the names of all files, in no order."""
        return list(self._files)

    def size(self, name: str) -> int:
        """Return the length of a file in bytes, 0 when it does not exist."""
        return len(self._files.get(name, b""))

    def read(self, name: str, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from `offset`; fewer at the end, none without the file."""
        return bytes(self._files.get(name, b"")[offset : offset + count])

    def append(self, name: str, data: "bytes | memoryview") -> None:
        """Add `data` at the end of a file, which is made when it does not exist."""
        cut = self._begin()
        if not cut or self._torn == AFTER:
            self._add(name, data)
        elif self._torn == HALF:
            self._add(name, data[: len(data) // 2])
        elif self._torn == GARBAGE:
            half = len(data) // 2
            self._add(name, data[:half])
            self._add(name, bytes([byte ^ 0x5A for byte in data[half:]]))
        self._end(cut)

    def replace(self, name: str, chunks: "Iterable[bytes]") -> None:
        """Make a file the row of `chunks`, which may read the old one; at no time is it neither."""
        data = bytearray()
        for chunk in chunks:
            data.extend(chunk)
        cut = self._begin()
        if not cut or self._torn != BEFORE:
            self.written += len(data)
            self._files[name] = data
        self._end(cut)

    def remove(self, name: str) -> None:
        """Delete a file; nothing happens when it does not exist."""
        cut = self._begin()
        if not cut or self._torn != BEFORE:
            self._files.pop(name, None)
        self._end(cut)

    def _add(self, name: str, data: "bytes | memoryview") -> None:
        self.written += len(data)
        if name not in self._files:
            self._files[name] = bytearray()
        self._files[name].extend(data)

    def _begin(self) -> bool:
        self.operations += 1
        return self.operations == self._cut_at

    def _end(self, cut: bool) -> None:
        if cut:
            self._cut_at = 0
            raise PowerCut()
