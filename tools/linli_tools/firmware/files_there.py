"""The files of a device on a flash behind a serial line, of which as little is read as tells them.

LittleFS has names and sizes in its folders: the files themselves are read only to be compared.
"""

from collections.abc import Callable, Iterator, Mapping

from littlefs import LittleFS
from littlefs.context import UserContext
from littlefs.errors import LittleFSError

from linli_hil.flash_image import BLOCK_SIZE, mounted, read_image

# What a device writes, beside its image (docs/FIRMWARE.md, On the flash).
_DEVICE_FOLDERS = ("data", "config")
# Our own figure: 1.4 s of a line at 460 800 baud, about what it may take esptool to begin.
PIECE_SIZE = 16 * BLOCK_SIZE

Read = Callable[[int, int], bytes]
"""`read(offset, size)` returns bytes of the file system."""


class _Pieces(UserContext):
    """A file system of which some pieces are known; which others were wanted, is `missing`."""

    def __init__(self, known: Mapping[int, bytes]) -> None:
        super().__init__(buffsize=0)
        self._known = known
        self.missing: set[int] = set()

    def read(self, cfg: object, block: int, off: int, size: int) -> bytearray:
        """Return bytes, blank ones when they are not known."""
        piece, at = divmod(block * BLOCK_SIZE + off, PIECE_SIZE)
        if piece not in self._known:
            self.missing.add(piece)
        return bytearray(self._known.get(piece, b"")[at : at + size].ljust(size, b"\xff"))


def lost_files(read: Read, size: int, image: bytes) -> Mapping[str, int]:
    """Return how many bytes of a device `image` does not have, by the folder that is its own.

    `size` is that of the partition. Folders without any are left out; what cannot be read, by a
    board either, counts as nothing.
    """
    kept = read_image(image)
    known: dict[int, bytes] = {}
    while True:
        # An exception does not get through LittleFS: so it goes on, and begins anew with more.
        pieces = _Pieces(known)
        lost = _lost(pieces, size, kept)
        if not pieces.missing:
            return lost
        for piece in pieces.missing:
            offset = piece * PIECE_SIZE
            # A file system may say that it is larger than its partition.
            known[piece] = read(offset, min(PIECE_SIZE, size - offset)) if offset < size else b""


def _lost(pieces: UserContext, size: int, kept: Mapping[str, bytes]) -> Mapping[str, int]:
    try:
        fs = mounted(pieces, size)
        there = [top for top in _DEVICE_FOLDERS if top in fs.listdir("/")]
        sizes = {top: sum(_sizes(fs, top, kept)) for top in there}
    except (LittleFSError, ValueError):
        return {}
    return {top: size for top, size in sizes.items() if size}


def _sizes(fs: LittleFS, top: str, kept: Mapping[str, bytes]) -> Iterator[int]:
    """Yield the size of each file in a folder that is not one of those `kept`."""
    for folder, _, names in fs.walk(f"/{top}"):
        for name in names:
            path = f"{folder.strip('/')}/{name}"
            size = fs.stat(path).size
            if path in kept and len(kept[path]) == size:
                with fs.open(path, "rb") as file:
                    if file.read() == kept[path]:
                        continue
            yield size
