"""Types that annotations name; nothing imports this module at run time: boards can do without."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from linli_protocol.types import Fields
from linli_protocol.types import Store as Values

from .actions import Decommission, Output, Rejoin, Send

Action = Send | Output | Rejoin | Decommission

Config = dict[str, Any]
"""An app's settings by name; the app's DEFAULTS gives their types."""

Operation = Callable[[int | None, int | None, int], int]
"""A command's argument, its id (None: the app commands itself) and now, to a result status."""


class Updates(Protocol):
    """What takes an update, as linli_firmware.update does."""

    def on_update(self, fields: Fields, now: int) -> None:
        """Take an UPDATE message."""
        ...


class Store(Values, Protocol):
    """What every store on a device offers; `store` says what each part is for."""

    def append(self, log: str, record: bytes) -> int:
        """Add `record` at the end of `log` and return its index."""
        ...

    def read(self, log: str, index: int) -> bytes | None:
        """Return the record at `index`, None when it is trimmed or not yet written."""
        ...

    def first(self, log: str) -> int:
        """Return the index of the oldest record kept; equal to `end` when there is none."""
        ...

    def end(self, log: str) -> int:
        """Return the index that the next record will get."""
        ...

    def trim(self, log: str, before_index: int) -> None:
        """Drop the records below `before_index`; their indices stay used."""
        ...

    def file_size(self, name: str) -> int:
        """Return the length of a file in bytes, 0 when it does not exist."""
        ...

    def file_read(self, name: str, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from `offset`; fewer at the end."""
        ...

    def file_replace(self, name: str, chunks: Iterable[bytes]) -> None:
        """Make the file the row of `chunks`, which may read the old file."""
        ...

    def retained(self, key: str) -> bytes | None:
        """Return what was last retained under `key`, None when it was lost."""
        ...

    def retain(self, key: str, value: bytes) -> None:
        """Keep `value` in retained memory, where there is any; 64 bytes in all."""
        ...

    def wipe(self) -> None:
        """Destroy everything; indices begin at 0 again."""
        ...
