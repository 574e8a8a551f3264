"""What apps keep over resets and power cuts, and the store in memory that simulator and tests use.

The methods of `MemoryStore` are the interface of every store:

* values: small, read and written whole;
* logs: append-only records with an index that starts at 0 and is never used twice, trimmed at the
  old end; appending one record is the atomic step that the apps' promises rest on;
* files: large, read at any offset, replaced whole;
* retained memory: a few bytes that outlive resets and deep sleep while the battery holds (RTC
  memory on the ESP32), free of wear and lost, never corrupt, when power goes.

A call of the first three is durable when it returns. A power cut during it leaves the old content
or the new, whole. Flash wears: a value costs one program of its length, and 40 bytes a hundred
times erase one 4 KiB block. Callers say in their docstring how often they write.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class MemoryStore:
    """A store that lasts as long as the object: keep it and build the app anew for a restart."""

    def __init__(self) -> None:
        self.wipe()

    def get(self, key: str) -> "bytes | None":
        """Return the value of `key`, None when it has none."""
        return self._values.get(key)

    def put(self, key: str, value: bytes) -> None:
        """Set the value of `key`."""
        self._values[key] = bytes(value)

    def delete(self, key: str) -> None:
        """Forget `key`; nothing happens when it has no value."""
        self._values.pop(key, None)

    def append(self, log: str, record: bytes) -> int:
        """Add `record` at the end of `log` and return its index."""
        records = self._logs.setdefault(log, _Log())
        records.kept.append(bytes(record))
        return records.first + len(records.kept) - 1

    def read(self, log: str, index: int) -> "bytes | None":
        """Return the record at `index`, None when it is trimmed or not yet written."""
        records = self._logs.get(log)
        if records is None or not 0 <= index - records.first < len(records.kept):
            return None
        return records.kept[index - records.first]

    def first(self, log: str) -> int:
        """Return the index of the oldest record kept; equal to `end` when there is none."""
        records = self._logs.get(log)
        return records.first if records else 0

    def end(self, log: str) -> int:
        """Return the index that the next record will get."""
        records = self._logs.get(log)
        return records.first + len(records.kept) if records else 0

    def trim(self, log: str, before_index: int) -> None:
        """Drop the records below `before_index`; their indices stay used."""
        records = self._logs.setdefault(log, _Log())
        count = min(max(before_index - records.first, 0), len(records.kept))
        records.kept = records.kept[count:]
        records.first += count

    def file_size(self, name: str) -> int:
        """Return the length of a file in bytes, 0 when it does not exist."""
        return len(self._files.get(name, b""))

    def file_read(self, name: str, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from `offset`; fewer at the end."""
        return self._files.get(name, b"")[offset : offset + count]

    def file_replace(self, name: str, chunks: "Iterable[bytes]") -> None:
        """Make the file the row of `chunks`, which may read the old file."""
        self._files[name] = b"".join([bytes(chunk) for chunk in chunks])

    def retained(self, key: str) -> "bytes | None":
        """Return what was last retained under `key`, None when it was lost."""
        return self._retained.get(key)

    def retain(self, key: str, value: bytes) -> None:
        """Keep `value` in retained memory, where there is any; 64 bytes in all."""
        self._retained[key] = bytes(value)

    def wipe(self) -> None:
        """Destroy everything; indices begin at 0 again."""
        self._values: "dict[str, bytes]" = {}
        self._logs: "dict[str, _Log]" = {}
        self._files: "dict[str, bytes]" = {}
        self._retained: "dict[str, bytes]" = {}

    def lose_retained(self) -> None:
        """Do to retained memory what an empty or removed battery does."""
        self._retained = {}


class _Log:
    def __init__(self) -> None:
        self.first = 0
        self.kept: "list[bytes]" = []
