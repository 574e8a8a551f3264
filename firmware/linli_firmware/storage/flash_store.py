"""The store on flash: a journal of small files, and the bulk that a checkpoint moves it into.

docs/STORE.md argues why and gives the bytes. In short: every change of a value or a log is first
one frame in the journal, whose files are small enough for LittleFS to keep beside their names,
where a write needs no erase. When the journal has grown, a checkpoint moves records into the logs'
segments, writes all values to a new snapshot, and then removes the journal's files, the oldest
first. At the start the snapshot is read and the journal replayed on it. To replay what a checkpoint
has already moved changes nothing, so power may fail anywhere in it.

Bounds: a record or value 4 KiB; values and the records in the journal are in RAM; the journal is
`LIMIT` bytes and one change.
"""

from . import paged
from .frames import pack, scan
from .segments import PREFIX, Segments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .types import Files, RetainedMemory

# A journal file stays within LittleFS's inline size: the lesser of its cache, 4 times the program
# size of 32 bytes, and an eighth of a block.
JOURNAL_FILE = 128
# `tidy` finds a checkpoint due from here on; measured in docs/STORE.md.
DUE = 1280
# A change begins with a checkpoint from here on, which costs some 8 kB of heap on a 64-bit desk.
LIMIT = DUE + DUE // 2
LONGEST = 4096

_PIECE = 512
_SNAPSHOT = "values"
_WIPING = "wiping"
_JOURNAL = "j-"
_FILE = "f-"

_PUT = 1
_DELETE = 2
_APPEND = 3
_TRIM = 4


class FlashStore:
    """The interface of `store.MemoryStore` on `files`.

    `retained` is memory that outlives resets (`read()` gives its bytes, `write(bytes)` sets them),
    None where there is none. OSError, from any call that writes, when the flash is full or broken;
    build the store anew then.

    `damaged` counts what was lost to damage, `checkpoints` and `written` (bytes) tell of wear.
    """

    def __init__(self, files: "Files", retained: "RetainedMemory | None" = None) -> None:
        self._files = files
        self._memory = retained
        self.checkpoints = 0
        self.written = 0
        self._steps: "Iterator[None] | None" = None
        self._begin_empty()
        names = sorted(files.names())
        if _WIPING in names:
            self._remove(names)
        else:
            self._load(names)

    @property
    def damaged(self) -> int:
        """How many damaged regions, records and pages were met."""
        return self._damaged + sum([log.damaged for log in self._logs.values()])

    def get(self, key: str) -> "bytes | None":
        """Return the value of `key`, None when it has none."""
        return self._values.get(key)

    def put(self, key: str, value: bytes) -> None:
        """Set the value of `key`; one that it has already is not written."""
        if self._values.get(key) != value:
            value = bytes(value)
            self._write(_PUT, key, value)
            self._values[key] = value

    def delete(self, key: str) -> None:
        """Forget `key`; nothing happens when it has no value."""
        if key in self._values:
            self._write(_DELETE, key, b"")
            del self._values[key]

    def append(self, log: str, record: bytes) -> int:
        """Add `record` at the end of `log` and return its index."""
        segments = self._segments(log)
        index = segments.end
        self._write(_APPEND, log, index.to_bytes(4, "big") + record)
        segments.append(bytes(record))
        return index

    def read(self, log: str, index: int) -> "bytes | None":
        """Return the record at `index`, None when it is trimmed, damaged or not yet written."""
        return self._logs[log].read(index) if log in self._logs else None

    def first(self, log: str) -> int:
        """Return the index of the oldest record kept; equal to `end` when there is none."""
        return self._logs[log].first if log in self._logs else 0

    def end(self, log: str) -> int:
        """Return the index that the next record will get."""
        return self._logs[log].end if log in self._logs else 0

    def trim(self, log: str, before_index: int) -> None:
        """Drop the records below `before_index`; their indices stay used."""
        before_index = min(before_index, self.end(log))
        if before_index > self.first(log):
            self._write(_TRIM, log, before_index.to_bytes(4, "big"))
            self._logs[log].trim(before_index)

    def file_size(self, name: str) -> int:
        """Return the length of a file in bytes, 0 when it does not exist."""
        return paged.content_size(self._files.size(_FILE + name))

    def file_read(self, name: str, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from `offset`; fewer at the end, zeros for damaged pages."""
        number = offset // paged.CONTENT
        behind = (offset + count - 1) // paged.CONTENT + 1
        stored = self._files.read(_FILE + name, number * paged.PAGE, (behind - number) * paged.PAGE)
        offset -= number * paged.CONTENT
        contents = []
        for at in range(0, len(stored), paged.PAGE):
            page = stored[at : at + paged.PAGE]
            content = paged.check(number, page)
            if content is None:
                self._damaged += 1
                content = bytes(paged.content_size(len(page)))
            contents.append(content)
            number += 1
        return b"".join(contents)[offset : offset + count]

    def file_replace(self, name: str, chunks: "Iterable[bytes]") -> None:
        """Make the file the row of `chunks`, which may read the old file."""
        self._files.replace(_FILE + name, paged.pages(chunks))
        self.written += self._files.size(_FILE + name)

    def retained(self, key: str) -> "bytes | None":
        """Return what was last retained under `key`, None when it was lost."""
        return self._retained.get(key)

    def retain(self, key: str, value: bytes) -> None:
        """Keep `value` in retained memory, where there is any; 64 bytes in all."""
        if self._memory is not None:
            self._retained[key] = bytes(value)
            self._memory.write(_put_frames(self._retained))

    def wipe(self) -> None:
        """Destroy everything; indices begin at 0 again. One that power cuts goes on at the start.

        Flash still has the bytes; see `overwrite`.
        """
        self._files.append(_WIPING, b"\x01")
        self._remove(self._files.names())
        self._begin_empty()

    def tidy(self) -> bool:
        """Do one step, a write or two, of a checkpoint if one is due; return whether more is."""
        if self._steps is None:
            if self._journal_size < DUE:
                return False
            self._steps = self._checkpoint()
        for _ in self._steps:
            return True
        self._steps = None
        return False

    def _begin_empty(self) -> None:
        self._values: "dict[str, bytes]" = {}
        self._logs: "dict[str, Segments]" = {}
        self._retained: "dict[str, bytes]" = {}
        self._damaged = 0
        # The numbers of the journal's files run from `_oldest` to below `_next`.
        self._oldest = 0
        self._next = 0
        self._room = 0
        self._journal_size = 0
        # Whether the journal holds what only a new snapshot can take over.
        self._changed = False
        self._steps = None

    def _remove(self, names: "list[str]") -> None:
        if self._memory is not None:
            self._memory.write(b"")
        for name in names:
            if name != _WIPING:
                self._files.remove(name)
        self._files.remove(_WIPING)

    def _load(self, names: "list[str]") -> None:
        if self._memory is not None:
            for _, _, _, name, content in scan(self._memory.read()):
                self._retained[name] = content
        journal = []
        for name in names:
            if name.startswith(PREFIX):
                log, start, length = name[len(PREFIX) :].rsplit(".", 2)
                self._segments(log).found(int(start, 16), int(length, 16))
            elif name.startswith(_JOURNAL):
                journal.append(name)
        for segments in self._logs.values():
            segments.all_found()
        self._replay(self._whole(_SNAPSHOT))
        size = 0
        for name in journal:
            data = self._whole(name)
            size = self._replay(data)
            self._journal_size += size
            if size < len(data) and name == journal[-1]:
                # An unfinished write; what is written behind it must not make it look like damage.
                self._damaged -= 1
                self._files.replace(name, [data[:size]])
        if journal:
            self._changed = True
            self._oldest = int(journal[0][len(_JOURNAL) :], 16)
            self._next = int(journal[-1][len(_JOURNAL) :], 16) + 1
            self._room = JOURNAL_FILE - size

    def _whole(self, name: str) -> bytes:
        # To ask for the size would cost LittleFS another search for the name.
        pieces: "list[bytes]" = []
        while not pieces or len(pieces[-1]) == _PIECE:
            pieces.append(self._files.read(name, len(pieces) * _PIECE, _PIECE))
        return b"".join(pieces)

    def _replay(self, data: bytes) -> int:
        """Apply the frames in a file's content; return where the last sound one ends."""
        sound_to = 0
        for start, end, kind, key, content in scan(data):
            if start != sound_to:
                self._damaged += 1
            sound_to = end
            if kind == _PUT:
                self._values[key] = content
            elif kind == _DELETE:
                self._values.pop(key, None)
            elif kind == _APPEND:
                index = int.from_bytes(content[:4], "big")
                self._segments(key).restore(index, content[4:])
            elif kind == _TRIM:
                self._segments(key).trim(int.from_bytes(content, "big"))
        if sound_to < len(data):
            self._damaged += 1
        return sound_to

    def _segments(self, log: str) -> Segments:
        if log not in self._logs:
            self._logs[log] = Segments(self._files, log)
        return self._logs[log]

    def _write(self, kind: int, name: str, content: bytes) -> None:
        if len(content) > LONGEST:
            raise ValueError(name + ": a record or value longer than 4 kB")
        if self._journal_size >= LIMIT:
            while self.tidy():
                pass
        frame = pack(kind, name, content)
        if len(frame) > self._room:
            self._next += 1
            self._room = JOURNAL_FILE
        self._files.append(_journal(self._next - 1), frame)
        self._room -= len(frame)
        self._journal_size += len(frame)
        self.written += len(frame)
        if kind != _APPEND:
            self._changed = True

    def _checkpoint(self) -> "Iterator[None]":
        """Empty the journal as it is now; changes between the steps go to files of their own."""
        covered = self._next
        covered_size = self._journal_size
        self._room = 0
        for log in list(self._logs.values()):
            while log.waiting:
                self.written += log.move()
                yield
        if self._changed:
            self._files.replace(_SNAPSHOT, self._snapshot())
            self._changed = False
            self.written += self._files.size(_SNAPSHOT)
            yield
        for log in list(self._logs.values()):
            name = log.obsolete()
            while name is not None:
                self._files.remove(name)
                yield
                name = log.obsolete()
        # The oldest first: a journal that has lost its beginning replays to the same end.
        while self._oldest < covered:
            self._files.remove(_journal(self._oldest))
            self._oldest += 1
            yield
        self._journal_size -= covered_size
        self.checkpoints += 1

    def _snapshot(self) -> "Iterator[bytes]":
        yield _put_frames(self._values)
        for log, segments in self._logs.items():
            if segments.first:
                yield pack(_TRIM, log, segments.first.to_bytes(4, "big"))


def _put_frames(values: "dict[str, bytes]") -> bytes:
    return b"".join([pack(_PUT, key, value) for key, value in values.items()])


def _journal(number: int) -> str:
    return _JOURNAL + "%08x" % number
