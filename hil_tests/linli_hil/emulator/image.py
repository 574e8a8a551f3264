"""LittleFS images such as MicroPython's VfsLfs2 mounts on the ESP32."""

from littlefs import LittleFS

BLOCK_SIZE = 4096
# The program unit of MicroPython's default mount.
PROGRAM_SIZE = 32


def make_image(files: dict[str, bytes], block_count: int = 512) -> bytes:
    """Return an image of `block_count` 4 KiB blocks with `files`, paths without leading /."""
    fs = _file_system(block_count)
    fs.format()
    fs.mount()
    for path, content in files.items():
        folder = path.rpartition("/")[0]
        if folder:
            fs.makedirs(folder, exist_ok=True)
        with fs.open(path, "wb") as file:
            file.write(content)
    fs.unmount()
    return bytes(fs.context.buffer)


def read_image(image: bytes) -> dict[str, bytes]:
    """Return the files of an image by path without leading /."""
    fs = _file_system(len(image) // BLOCK_SIZE)
    fs.context.buffer = bytearray(image)
    fs.mount()
    found = {}
    for folder, _, names in fs.walk("/"):
        for name in names:
            path = f"{folder.strip('/')}/{name}".lstrip("/")
            with fs.open(path, "rb") as file:
                found[path] = file.read()
    return found


def _file_system(block_count: int) -> LittleFS:
    return LittleFS(
        block_size=BLOCK_SIZE,
        block_count=block_count,
        prog_size=PROGRAM_SIZE,
        read_size=PROGRAM_SIZE,
        cache_size=4 * PROGRAM_SIZE,
        lookahead_size=PROGRAM_SIZE,
        mount=False,
    )
