"""LittleFS images such as MicroPython's VfsLfs2 mounts on the ESP32."""

from collections.abc import Mapping

from littlefs import LittleFS
from littlefs.context import UserContext
from littlefs.errors import LittleFSError

BLOCK_SIZE = 4096
# The program unit of MicroPython's default mount.
PROGRAM_SIZE = 32
_AS_IMAGE_SAYS = 0


class TooLargeError(ValueError):
    """Files that do not fit an image; `needed` and `available` are blocks of 4 KiB."""

    def __init__(self, needed: int, available: int) -> None:
        super().__init__(f"the files take {needed} blocks of 4 KiB, there are {available}")
        self.needed = needed
        self.available = available


def make_image(files: Mapping[str, bytes], block_count: int = 512) -> bytes:
    """Return an image of `block_count` 4 KiB blocks with `files`, paths without leading /.

    The same files always make the same bytes. TooLargeError when they do not fit.
    """
    try:
        fs = _with_files(files, block_count)
    except LittleFSError as error:
        if error.code != LittleFSError.Error.LFS_ERR_NOSPC:
            raise
        # A folder takes two blocks, and few files end where a block does.
        enough = 8 + sum(6 + 2 * len(path.split("/")) for path in files)
        enough += sum(len(content) for content in files.values()) // BLOCK_SIZE
        needed = _with_files(files, enough).used_block_count
        raise TooLargeError(needed, block_count) from None
    fs.unmount()
    return bytes(fs.context.buffer)


def read_image(image: bytes) -> dict[str, bytes]:
    """Return the files of an image by path without leading /; ValueError when it is none."""
    fs = _mounted(image)
    found = {}
    try:
        for folder, _, names in fs.walk("/"):
            for name in names:
                path = f"{folder.strip('/')}/{name}".lstrip("/")
                with fs.open(path, "rb") as file:
                    found[path] = file.read()
    except LittleFSError as error:
        raise ValueError(f"a damaged LittleFS image: {error}") from None
    return found


def blocks_used(image: bytes) -> int:
    """Return how many blocks of an image hold something; ValueError when it is none."""
    return _mounted(image).used_block_count


def grown(image: bytes, block_count: int) -> bytes:
    """Return the content of a partition of `block_count` blocks that begins with `image`.

    A board mounts an image only if it says how large its partition is. Behind the image the
    partition is blank, and what lies there does not matter. ValueError when `image` is none or does
    not fit.
    """
    fs = _mounted(image)
    if block_count < fs.block_count:
        raise ValueError(f"an image of {fs.block_count} blocks does not fit {block_count}")
    fs.fs_grow(block_count)
    fs.unmount()
    return bytes(fs.context.buffer).ljust(block_count * BLOCK_SIZE, b"\xff")


def _with_files(files: Mapping[str, bytes], block_count: int) -> LittleFS:
    fs = _file_system(block_count)
    fs.format()
    fs.mount()
    for path, content in sorted(files.items()):
        folder = path.rpartition("/")[0]
        if folder:
            fs.makedirs(folder, exist_ok=True)
        with fs.open(path, "wb") as file:
            file.write(content)
    return fs


def mounted(context: UserContext, size: int) -> LittleFS:
    """Return the file system that is in `size` bytes; ValueError when there is none."""
    fs = _file_system(_AS_IMAGE_SAYS, context)
    try:
        fs.mount()
    except LittleFSError as error:
        raise ValueError(f"not a LittleFS image: {error}") from None
    if size < fs.block_count * BLOCK_SIZE:
        raise ValueError(f"a LittleFS image of {fs.block_count} blocks that is cut short")
    return fs


def _mounted(image: bytes) -> LittleFS:
    return mounted(UserContext(buffer=bytearray(image)), len(image))


def _file_system(block_count: int, context: UserContext | None = None) -> LittleFS:
    return LittleFS(
        context,
        block_size=BLOCK_SIZE,
        block_count=block_count,
        prog_size=PROGRAM_SIZE,
        read_size=PROGRAM_SIZE,
        cache_size=4 * PROGRAM_SIZE,
        lookahead_size=PROGRAM_SIZE,
        mount=False,
    )
