"""Types that annotations name; nothing imports this module at run time: boards can do without."""

from collections.abc import Iterable
from typing import Protocol


class Files(Protocol):
    """A folder as the store uses it: `files.BoardFiles` on a board, `ram_files.RamFiles` in RAM."""

    def names(self) -> list[str]:
        """Return the names of all files, in no order."""
        ...

    def size(self, name: str) -> int:
        """Return the length of a file in bytes, 0 when it does not exist."""
        ...

    def read(self, name: str, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from `offset`; fewer at the end, none without the file."""
        ...

    def append(self, name: str, data: bytes | memoryview) -> None:
        """Add `data` at the end of a file, which is made when it does not exist."""
        ...

    def replace(self, name: str, chunks: Iterable[bytes]) -> None:
        """Make a file the row of `chunks`, which may read the old one; at no time is it neither."""
        ...

    def remove(self, name: str) -> None:
        """Delete a file; nothing happens when it does not exist."""
        ...


class RetainedMemory(Protocol):
    """A few bytes that outlive resets, such as RTC memory."""

    def read(self) -> bytes:
        """Return what was last written, or whatever is there after power was lost."""
        ...

    def write(self, data: bytes) -> None:
        """Set the content to `data`."""
        ...


class BlockDevice(Protocol):
    """A flash as MicroPython's file systems see it (`vfs.AbstractBlockDev`)."""

    def readblocks(self, block: int, buffer: bytearray, offset: int) -> None:
        """Fill `buffer` from `offset` in `block` on."""
        ...

    def writeblocks(self, block: int, buffer: bytes, offset: int) -> None:
        """Program `buffer` from `offset` in `block` on, without an erase."""
        ...

    def ioctl(self, operation: int, argument: int) -> int:
        """Return the number of blocks for operation 4, their size in bytes for 5; erase for 6."""
        ...
