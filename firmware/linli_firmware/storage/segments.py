"""One log on flash: a row of segment files, and in RAM the newest records, not yet in a segment.

A segment holds records of one length from one index on, without gaps; both stand in its name,
`s-<log>.<first index>.<length>` in hexadecimal. A record is stored as crc u32 (CRC-32 of its bytes,
begun with its index) and its bytes, so its place follows from its index, and damage to one record
touches no other. Where segments overlap, the one that begins later holds the truth: it was begun
because the end of the earlier one was damaged.
"""

import binascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Files

PREFIX = "s-"
# Four blocks of LittleFS: few files, while trimming gives flash back in pieces of a few per cent.
SEGMENT = 16384
_CRC = 4


class Segments:
    """The records of `log` from `first` to `end`; `damaged` counts reads of damaged ones."""

    def __init__(self, files: "Files", log: str) -> None:
        self._files = files
        self._log = log
        self.first = 0
        self.damaged = 0
        self._starts: "list[int]" = []
        self._lengths: "list[int]" = []
        # The records from index `_base` on; None for one that was damaged in the journal.
        self._base = 0
        self._newest: "list[bytes | None]" = []

    @property
    def end(self) -> int:
        """The index that the next record will get."""
        return self._base + len(self._newest)

    @property
    def waiting(self) -> bool:
        """Whether there are records that are in no segment."""
        return bool(self._newest)

    def found(self, start: int, length: int) -> None:
        """Take note, when starting, of a segment on flash; they come in the order of `start`."""
        self._starts.append(start)
        self._lengths.append(length)

    def all_found(self) -> None:
        """Take note that there are no more segments."""
        stride = self._lengths[-1] + _CRC
        self._base = self._starts[-1] + self._files.size(self._path(-1)) // stride

    def restore(self, index: int, record: bytes) -> None:
        """Take a record from the journal, when starting."""
        if index < self._base:
            if index < self.first or self._stored(index):
                return
            # Power failed while segments were written: what they hold from here on is not whole,
            # and the journal still has it.
            self._newest = []
        position = index - self._base
        if not self._newest:
            self._base = index
            position = 0
        while len(self._newest) <= position:
            self._newest.append(None)
        self._newest[position] = record

    def append(self, record: bytes) -> None:
        """Hold a record that the journal has."""
        self._newest.append(record)

    def read(self, index: int) -> "bytes | None":
        """Return the record at `index`, None when it is trimmed, damaged or not yet written."""
        if not self.first <= index < self.end:
            return None
        record = self._newest[index - self._base] if index >= self._base else self._stored(index)
        if record is None:
            self.damaged += 1
        return record

    def trim(self, before_index: int) -> None:
        """Drop the records below `before_index`, in RAM; `obsolete` tells which files may go."""
        self.first = max(self.first, before_index)
        if self.first > self._base:
            self._newest = self._newest[self.first - self._base :]
            self._base = self.first

    def move(self) -> int:
        """Move records from RAM to one segment in one write; return the bytes written."""
        while self._newest and self._newest[0] is None:
            self._newest.pop(0)
            self._base += 1
        if not self._newest:
            return 0
        length = len(self._newest[0] or b"")
        stride = length + _CRC
        size = 0
        if self._starts and self._lengths[-1] == length:
            size = self._files.size(self._path(-1))
            if size != (self._base - self._starts[-1]) * stride or size + stride > SEGMENT:
                size = 0
        room = (SEGMENT - size) // stride or 1
        rows: "list[bytes]" = []
        for record in self._newest[:room]:
            if record is None or len(record) != length:
                break
            rows.append(_checked(self._base + len(rows), record))
        data = b"".join(rows)
        if size:
            self._files.append(self._path(-1), data)
        else:
            self._files.replace(self._name(self._base, length), [data])
            if self._starts and self._starts[-1] == self._base:
                self._starts.pop()
                self._lengths.pop()
            self._starts.append(self._base)
            self._lengths.append(length)
        self._base += len(rows)
        self._newest = self._newest[len(rows) :]
        return len(data)

    def obsolete(self) -> "str | None":
        """Return and forget the name of a segment that lies wholly below `first`."""
        if not self._starts:
            return None
        end = self._starts[1] if len(self._starts) > 1 else self._base
        if end > self.first:
            return None
        return self._name(self._starts.pop(0), self._lengths.pop(0))

    def _stored(self, index: int) -> "bytes | None":
        at = len(self._starts) - 1
        while at >= 0 and self._starts[at] > index:
            at -= 1
        if at < 0:
            return None
        stride = self._lengths[at] + _CRC
        row = self._files.read(self._path(at), (index - self._starts[at]) * stride, stride)
        record = row[_CRC:]
        sound = len(row) == stride and row == _checked(index, record)
        return record if sound else None

    def _path(self, at: int) -> str:
        return self._name(self._starts[at], self._lengths[at])

    def _name(self, start: int, length: int) -> str:
        return PREFIX + "%s.%08x.%x" % (self._log, start, length)


def _checked(index: int, record: bytes) -> bytes:
    return binascii.crc32(record, index).to_bytes(_CRC, "big") + record
