"""A folder of a board's file system, as the store uses it: whole operations, durable on return.

Any file system will do whose `rename` replaces the old file at once and whose `flush` makes what
was written durable, as LittleFS's does. These six operations are all that the store asks of it, so
that a folder in RAM can stand in for a flash (`ram_files`).
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_NEW = ".new"


class BoardFiles:
    """The files in `folder` (such as "/data"), which is made when it does not exist.

    OSError when the flash is full or broken.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        try:
            os.mkdir(folder)
        except OSError:
            pass
        for name in os.listdir(folder):
            if name.endswith(_NEW):
                os.remove(self._path(name))

    def names(self) -> "list[str]":
        """Return the names of all files, in no order."""
        return os.listdir(self._folder)

    def size(self, name: str) -> int:
        """Return the length of a file in bytes, 0 when it does not exist."""
        try:
            return os.stat(self._path(name))[6]
        except OSError:
            return 0

    def read(self, name: str, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from `offset`; fewer at the end, none without the file."""
        try:
            with open(self._path(name), "rb") as file:
                file.seek(offset)
                return file.read(count)
        except OSError:
            return b""

    def append(self, name: str, data: bytes) -> None:
        """Add `data` at the end of a file, which is made when it does not exist."""
        with open(self._path(name), "ab") as file:
            file.write(data)

    def replace(self, name: str, chunks: "Iterable[bytes]") -> None:
        """Make a file the row of `chunks`, which may read the old one; at no time is it neither."""
        with open(self._path(name + _NEW), "wb") as file:
            for chunk in chunks:
                file.write(chunk)
        os.rename(self._path(name + _NEW), self._path(name))

    def remove(self, name: str) -> None:
        """Delete a file; nothing happens when it does not exist."""
        try:
            os.remove(self._path(name))
        except OSError:
            pass

    def _path(self, name: str) -> str:
        return self._folder + "/" + name
