"""A folder of a board's file system, as the store uses it: whole operations, durable on return.

Any file system will do whose `rename` replaces the old file at once and whose `flush` makes what
was written durable, as LittleFS's does. These six operations are all that the store asks of it, so
that a folder in RAM can stand in for a flash (`ram_files`).
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

_NEW = ".new"


class BoardFiles:
    """The files in `folder` (such as "/data"), which is made when it does not exist.

    The file last read stays open, for a search reads one file a dozen times. OSError when the flash
    is full or broken.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._open_name = ""
        self._open_file: "BinaryIO | None" = None
        try:
            os.mkdir(folder)
        except OSError:
            pass
        try:
            for name in os.listdir(folder):
                if name.endswith(_NEW):
                    os.remove(self._path(name))
        except OSError:
            # Left-overs do no harm, and whoever needs the folder finds out what is wrong with it.
            pass

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
        file = self._open_file
        if file is None or name != self._open_name:
            self._close()
            try:
                file = open(self._path(name), "rb")  # noqa: SIM115
            except OSError:
                return b""
            self._open_file = file
            self._open_name = name
        file.seek(offset)
        return file.read(count)

    def append(self, name: str, data: "bytes | memoryview") -> None:
        """Add `data` at the end of a file, which is made when it does not exist."""
        self._close()
        with open(self._path(name), "ab") as file:
            file.write(data)

    def replace(self, name: str, chunks: "Iterable[bytes]") -> None:
        """Make a file the row of `chunks`, which may read the old one; at no time is it neither."""
        with open(self._path(name + _NEW), "wb") as file:
            for chunk in chunks:
                file.write(chunk)
        self._close()
        os.rename(self._path(name + _NEW), self._path(name))

    def remove(self, name: str) -> None:
        """Delete a file; nothing happens when it does not exist."""
        self._close()
        try:
            os.remove(self._path(name))
        except OSError:
            pass

    def _close(self) -> None:
        if self._open_file is not None:
            self._open_file.close()
            self._open_file = None

    def _path(self, name: str) -> str:
        return self._folder + "/" + name
