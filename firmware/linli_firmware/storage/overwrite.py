"""Decommissioning: everything stored is overwritten three times, and the raw flash is searched.

On LittleFS, writing over a file or deleting it leaves the old bytes in blocks that nothing refers
to. So the files are deleted, and then all free space is filled until the file system has no block
left: each block that held data is erased and programmed anew, three times. Folders live in pairs of
blocks that are not free; those of the root are rewritten until each block of a pair has been. At
last every block of the device is read and searched for fingerprints of what was stored. What the
files that stay hold as well (an image repeats a part of a configuration) is no secret, nor a trace.

The patterns 0x55 and 0xAA put each cell in both states, 0x00 leaves every cell programmed, which an
erased block is not; each pass erases in between.

Secrets must lie in `folders`, never in the root itself: once LittleFS has moved a worn root out of
the first two blocks, nothing writes these any more. The search reads them all the same.
"""

import os

from .marker import begin, is_pending, is_there

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
_FILL = "pattern"
# Chunks that are written at once: what does not fit any more is lost, then it takes less.
_STEPS = (128, 8, 1)
# S_IFDIR of stat.
_FOLDER = 0x4000
# ENOSPC, which MicroPython's errno does not name.
_FULL = 28
# Rewriting a small file so often fills a folder's log, one block long, more than twice.
_CHURN = 64
_CHURN_LENGTH = 100


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
        self._secrets = secrets
        self.fingerprints: "list[bytes]" = []
        self.passes = 0
        self.filled = 0
        self.searched = 0
        self.found = 0

    def steps(self) -> "Iterator[None]":
        """Do everything; each step takes the time of an erase or two. OSError: the flash is broken.

        No file may be open: what is removed meanwhile stays where it is until it is closed.
        """
        yield from self._take_fingerprints()
        if not is_pending(self._marker):
            begin(self._marker)
            yield
        for folder in self._folders:
            if is_there(folder):
                yield from _remove(folder)
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
        if self.found:
            begin(self._marker)
        else:
            os.remove(self._marker)

    def _take_fingerprints(self) -> "Iterator[None]":
        for folder in self._folders:
            if is_there(folder):
                for path in _files(folder):
                    self._take_from(path)
                    yield
        held: "set[bytes]" = set()
        for path in _files(self._root[:-1], self._folders):
            held.update(_found(_read(path), self.fingerprints))
            yield
        self.fingerprints = [trace for trace in self.fingerprints if trace not in held]
        for secret in self._secrets:
            for at in range(0, len(secret) - FINGERPRINT + 1, FINGERPRINT):
                self.fingerprints.append(bytes(secret[at : at + FINGERPRINT]))

    def _take_from(self, path: str) -> None:
        size = os.stat(path)[6]
        if size < FINGERPRINT:
            return
        # In the middle of blocks, so that no slice lies in two.
        places = range(min(_BLOCK, size) // 2, size, _BLOCK)
        for at in places[:: len(places) // _EACH + 1]:
            with open(path, "rb") as file:
                file.seek(at - FINGERPRINT // 2)
                piece = file.read(FINGERPRINT)
            if (
                len(self.fingerprints) < FINGERPRINTS
                and len(set(piece)) >= _VARIETY
                and piece not in self.fingerprints
            ):
                self.fingerprints.append(piece)

    def _fill(self, pattern: int) -> "Iterator[None]":
        """Fill all free space by a file, check and remove it.

        One file, for another one's entry may want two blocks when there is one left.
        """
        data = bytes([pattern]) * _CHUNK
        path = self._root + _FILL
        if is_there(path):
            os.remove(path)
        for chunks in _STEPS:
            is_full = False
            while not is_full:
                try:
                    with open(path, "ab") as file:
                        for _ in range(chunks):
                            file.write(data)
                            yield
                except OSError as error:
                    if error.errno != _FULL:
                        raise
                    is_full = True
        self.filled = 0
        for back in _read(path):
            if back != data:
                raise OSError(_FILL + ": reads back other than written")
            self.filled += _CHUNK
            yield
        os.remove(path)

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
        found: "set[bytes]" = set()
        block_size = self._device.ioctl(5, 0)
        for block in range(self._device.ioctl(4, 0)):
            found.update(_found(self._pieces(block, block_size), self.fingerprints))
            self.searched += 1
            yield
        self.found = len(found)

    def _pieces(self, block: int, block_size: int) -> "Iterator[bytearray]":
        buffer = bytearray(_CHUNK)
        for offset in range(0, block_size, _CHUNK):
            self._device.readblocks(block, buffer, offset)
            yield buffer


def _found(pieces: "Iterable[bytes | bytearray]", traces: "Sequence[bytes]") -> "set[bytes]":
    """Return which of `traces` are in the bytes that `pieces` make up."""
    found = set()
    before = b""
    for piece in pieces:
        window = before + piece
        for each in traces:
            if each in window:
                found.add(each)
        before = window[1 - FINGERPRINT :]
    return found


def _files(folder: str, without: "Sequence[str]" = ()) -> "Iterator[str]":
    """Yield the paths of all files under `folder`, but not of those in the folders `without`."""
    for name in sorted(os.listdir(folder + "/")):
        path = folder + "/" + name
        if path not in without:
            if os.stat(path)[0] & _FOLDER:
                yield from _files(path, without)
            else:
                yield path


def _remove(folder: str) -> "Iterator[None]":
    """Delete a folder with all that is in it, one by one."""
    for name in os.listdir(folder):
        path = folder + "/" + name
        if os.stat(path)[0] & _FOLDER:
            yield from _remove(path)
        else:
            os.remove(path)
            yield
    os.rmdir(folder)


def _read(path: str) -> "Iterator[bytes]":
    with open(path, "rb") as file:
        while True:
            piece = file.read(_CHUNK)
            if not piece:
                break
            yield piece
