"""A NOR flash in RAM under MicroPython's own LittleFS, mounted as an ESP32 mounts it.

Only MicroPython has LittleFS built in, so nothing here runs on CPython (`HAS_LITTLEFS`).
"""

try:
    import vfs

    HAS_LITTLEFS = True
except ImportError:
    HAS_LITTLEFS = False

BLOCK = 4096
MOUNT = "/flash"
_EIO = -5


class Flash:
    """A block device that erases to ones and programs only what is erased.

    `erases` counts them by block, `programs` and `programmed` the programs and their bytes,
    `reads` and `read` likewise. When `history` is a list, every erase and program is added to it
    as (address, bytes), bytes None for an erase.
    """

    def __init__(self, blocks, content=None):
        self.content = bytearray(b"\xff" * (blocks * BLOCK)) if content is None else content
        self.history = None
        self.alive = True
        self.clear_counts()

    def clear_counts(self):
        self.erases = [0] * (len(self.content) // BLOCK)
        self.programs = self.programmed = self.reads = self.read = 0

    def readblocks(self, block, buffer, offset=0):
        start = block * BLOCK + offset
        buffer[:] = memoryview(self.content)[start : start + len(buffer)]
        self.reads += 1
        self.read += len(buffer)

    def writeblocks(self, block, buffer, offset=0):
        if not self.alive:
            return _EIO
        start = block * BLOCK + offset
        end = start + len(buffer)
        assert self.content[start:end] == b"\xff" * len(buffer), "programmed without an erase"
        if self.history is not None:
            self.history.append((start, bytes(buffer)))
        self.content[start:end] = buffer
        self.programs += 1
        self.programmed += len(buffer)
        return 0

    def ioctl(self, operation, argument):
        if operation == 4:
            return len(self.content) // BLOCK
        if operation == 5:
            return BLOCK
        if operation == 6:
            if not self.alive:
                return _EIO
            start = argument * BLOCK
            if self.history is not None:
                self.history.append((start, None))
            self.content[start : start + BLOCK] = b"\xff" * BLOCK
            self.erases[argument] += 1
        return 0

    def format(self):
        """Erase everything and make an empty LittleFS."""
        for block in range(len(self.content) // BLOCK):
            self.ioctl(6, block)
        vfs.VfsLfs2.mkfs(self)

    def mount(self):
        """Mount at MOUNT with the sizes for reads and programs that an ESP32 uses."""
        try:
            # A test that failed has left its flash mounted.
            vfs.umount(MOUNT)
        except OSError:
            pass
        vfs.mount(vfs.VfsLfs2(self), MOUNT)

    def unmount(self):
        """Unmount; files that are still open can change nothing any more."""
        self.alive = False
        vfs.umount(MOUNT)
