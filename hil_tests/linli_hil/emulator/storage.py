"""What an emulated board keeps and prints: files that have no names, so that it sees no path."""

import json
import os
import struct
import tempfile
from pathlib import Path
from typing import IO

_NVS_BYTES = 4096


class Storage:
    """Flash, key storage, the flash's history and what was printed, and an empty `folder`.

    The board's process inherits the files open; the folder is all that it can still open. File
    positions are the process's too, so that only `begin`, for which it is off, moves one.
    """

    def __init__(self, image: bytes, nvs: dict[str, bytes]) -> None:
        stored = json.dumps({key: value.hex() for key, value in nvs.items()}).encode()
        contents = (image, stored.ljust(_NVS_BYTES, b"\xff"), b"", b"")
        self._files = [_file(content) for content in contents]
        self.flash_fd, self.nvs_fd, self.history_fd, self.printed_fd = (
            file.fileno() for file in self._files
        )
        self._folder = tempfile.TemporaryDirectory(prefix="linli-board-")
        self.folder = self._folder.name
        Path(self.folder).chmod(0o755)

    def begin(self) -> None:
        """Forget what has been printed, and the flash's history."""
        for file in (self.printed_fd, self.history_fd):
            os.lseek(file, 0, os.SEEK_SET)
            os.ftruncate(file, 0)

    @property
    def flash(self) -> bytes:
        """The content of the flash."""
        return _content(self.flash_fd)

    @property
    def nvs(self) -> bytes:
        """The content of the key storage: JSON, "namespace/key" to hexadecimal digits."""
        return _content(self.nvs_fd)

    @property
    def printed(self) -> bytes:
        """What has been printed since `begin`."""
        return _content(self.printed_fd)

    @property
    def history(self) -> list[tuple[int, bytes]]:
        """The programs and erases of the flash since `begin`, each (address, bytes).

        One in which the process was killed has the bytes that were still written.
        """
        data = _content(self.history_fd)
        changes = []
        at = 0
        while at + 8 <= len(data):
            address, length = struct.unpack_from("<II", data, at)
            at += 8 + length
            changes.append((address, data[at - length : at]))
        return changes

    def close(self) -> None:
        """Throw all of it away."""
        for file in self._files:
            file.close()
        self._folder.cleanup()


def _file(content: bytes) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 closed in close()
    file.write(content)
    file.flush()
    return file


def _content(file: int) -> bytes:
    return os.pread(file, os.fstat(file).st_size, 0)
