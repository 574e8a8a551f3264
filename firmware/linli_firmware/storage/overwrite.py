"""Decommissioning: everything stored is overwritten three times, and the raw flash is searched.

On LittleFS, writing over a file or deleting it leaves the old bytes in blocks that nothing refers
to. So the files are deleted, and then all free space is filled until the file system has no block
left: each block that held data is erased and programmed anew, three times. Folders live in pairs of
blocks that are not free; those of the root are rewritten until each block of a pair has been. At
last every block of the device is read and searched for fingerprints of what was stored.

The patterns 0x55 and 0xAA put each cell in both states, 0x00 leaves every cell programmed, which an
erased block is not; each pass erases in between.

Secrets must lie in `folders`, never in the root itself: once LittleFS has moved a worn root out of
the first two blocks, nothing writes these any more. The search reads them all the same.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .types import BlockDevice

PASSES = b"\x55\xaa\x00"
FINGERPRINT = 16
FINGERPRINTS = 64
# A fingerprint of fewer different bytes might be found in what is no secret.
_VARIETY = 6
_EACH = 3
_BLOCK = 4096
_CHUNK = 512
_FILL_BLOCKS = 16
_FILL = "pattern."
# ENOSPC, which MicroPython's errno does not name.
_FULL = 28
# Rewriting a small file so often fills a folder's log, one block long, more than twice.
_CHURN = 64
_CHURN_LENGTH = 100


def is_pending(marker: str) -> bool:
    """Return whether an overwriting that began has not ended."""
    return _is_there(marker)


class Overwriter:
    """Overwrites `folders`, which lie in `root`, and searches `device`, the flash under them.

    `marker` is the path of a file in `root` that exists until everything has been done and proved;
    when it is there at a start, build this anew and go on. `secrets` (of 16 bytes or more) are
    searched for besides fingerprints of the files; after a power cut they are all there is, for
    what is on flash no more has no fingerprint either.

    Results: `passes` made since the start, `filled` bytes read back in the last, `searched` blocks,
    `fingerprints`, and how many of them were `found`; the proof holds when that is 0.
    """

    def __init__(
        self,
        root: str,
        folders: "Sequence[str]",
        marker: str,
        device: "BlockDevice",
        secrets: "Iterable[bytes]" = (),
    ) -> None:
        self._root = root.rstrip("/") + "/"
        self._folders = folders
        self._marker = marker
        self._device = device
        self.fingerprints: "list[bytes]" = [
            bytes(secret[at : at + FINGERPRINT])
            for secret in secrets
            for at in range(0, len(secret) - FINGERPRINT + 1, FINGERPRINT)
        ]
        self.passes = 0
        self.filled = 0
        self.searched = 0
        self.found = 0
        for folder in folders:
            if _is_there(folder):
                self._take_fingerprints(folder)
        if not _is_there(marker):
            with open(marker, "wb") as file:
                file.write(b"0")

    def steps(self) -> "Iterator[None]":
        """Do everything; each step takes the time of an erase or two. OSError: the flash is broken.

        A store on one of `folders` is of no use any more.
        """
        for folder in self._folders:
            if _is_there(folder):
                for name in os.listdir(folder):
                    os.remove(folder + "/" + name)
                    yield
                os.rmdir(folder)
        with open(self._marker, "rb") as file:
            # Empty: power failed between making the file and writing it.
            done = int(file.read() or b"0")
        for pattern in PASSES[done:]:
            yield from self._fill(pattern)
            yield from self._churn(pattern)
            done += 1
            self.passes += 1
            with open(self._marker, "wb") as file:
                file.write(b"%d" % done)
        yield from self._search()
        if not self.found:
            os.remove(self._marker)

    def _take_fingerprints(self, folder: str) -> None:
        for name in sorted(os.listdir(folder)):
            path = folder + "/" + name
            size = os.stat(path)[6]
            if size < FINGERPRINT:
                continue
            # In the middle of blocks, so that no slice lies in two.
            places = range(min(_BLOCK, size) // 2, size, _BLOCK)
            for at in places[:: len(places) // _EACH + 1]:
                with open(path, "rb") as file:
                    file.seek(at - FINGERPRINT // 2)
                    piece = file.read(FINGERPRINT)
                if len(self.fingerprints) < FINGERPRINTS and len(set(piece)) >= _VARIETY:
                    self.fingerprints.append(piece)

    def _fill(self, pattern: int) -> "Iterator[None]":
        """Fill all free space, first by large files, then block by block; check and remove it."""
        data = bytes([pattern]) * _CHUNK
        number = 0
        for blocks in (_FILL_BLOCKS, 1):
            while True:
                path = self._root + _FILL + str(number)
                try:
                    with open(path, "wb") as file:
                        for _ in range(blocks):
                            for _ in range(_BLOCK // _CHUNK):
                                file.write(data)
                            yield
                except OSError as error:
                    if error.errno != _FULL:
                        raise
                    break
                number += 1
        self.filled = 0
        for each in range(number):
            with open(self._root + _FILL + str(each), "rb") as file:
                while True:
                    back = file.read(_CHUNK)
                    if not back:
                        break
                    if back != data:
                        raise OSError(_FILL + str(each) + ": reads back other than written")
                    self.filled += _CHUNK
            yield
        # By name, for a power cut may have left some of higher numbers.
        for name in os.listdir(self._root):
            if name.startswith(_FILL):
                os.remove(self._root + name)

    def _churn(self, pattern: int) -> "Iterator[None]":
        """Rewrite the root's own blocks, beside each entry, for many entries have several pairs."""
        data = bytes([pattern]) * _CHURN_LENGTH
        for name in os.listdir(self._root):
            path = self._root + name + "."
            for _ in range(_CHURN):
                with open(path, "wb") as file:
                    file.write(data)
                yield
            os.remove(path)

    def _search(self) -> "Iterator[None]":
        found = set()
        buffer = bytearray(_CHUNK)
        blocks = self._device.ioctl(4, 0)
        block_size = self._device.ioctl(5, 0)
        for block in range(blocks):
            before = b""
            for offset in range(0, block_size, _CHUNK):
                self._device.readblocks(block, buffer, offset)
                window = before + buffer
                for each in self.fingerprints:
                    if each in window:
                        found.add(each)
                before = window[1 - FINGERPRINT :]
            self.searched += 1
            yield
        self.found = len(found)


def _is_there(path: str) -> bool:
    try:
        os.stat(path)
    except OSError:
        return False
    return True
