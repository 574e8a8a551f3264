"""A NOR flash in a file: erased to ones, programmed to zeros, its power failing on demand."""

import struct

import chip
import registers

BLOCK_SIZE = 4096
# A piece of an erased block: the heap of a board at work has no room for a whole one.
ERASED = b"\xff" * 256


class FileFlash:
    """A block device with MicroPython's extended protocol on an open file.

    Every program and erase is written to `history` too, as address, length (u32, little-endian) and
    bytes. Power fails at the `cut_at`-th since the start, before it or in it (`torn`).
    """

    def __init__(self, file, history, cut_at=0, torn=0):
        self._file = file
        self._history = history
        self._blocks = file.seek(0, 2) // BLOCK_SIZE
        self._cut_at = cut_at
        self._torn = torn
        self.writes = 0

    def readblocks(self, block, buffer, offset=0):
        self._file.seek(block * BLOCK_SIZE + offset)
        self._file.readinto(buffer)

    def writeblocks(self, block, buffer, offset=None):
        if offset is None:
            self._change(block * BLOCK_SIZE, ERASED, BLOCK_SIZE)
            offset = 0
        self._change(block * BLOCK_SIZE + offset, buffer, len(buffer))

    def ioctl(self, operation, argument):
        if operation == 4:
            return self._blocks
        if operation == 5:
            return BLOCK_SIZE
        if operation == 6:
            self._change(argument * BLOCK_SIZE, ERASED, BLOCK_SIZE)
        return 0

    def _change(self, at, data, size):
        """Set `size` bytes to `data`, again and again."""
        self.writes += 1
        is_cut = self.writes == self._cut_at
        if is_cut:
            size = size // 2 if self._torn else 0
        if size:
            # Unbuffered: what is written is there for the next start; a flush would be an fsync.
            self._file.seek(at)
            self._history.write(struct.pack("<II", at, size))
            for start in range(0, size, len(data)):
                piece = memoryview(data)[: size - start]
                self._file.write(piece)
                self._history.write(piece)
        if is_cut:
            chip.off(registers.POWER_CUT)
