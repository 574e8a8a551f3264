"""What the log holds: one record a thing that happened, one row a record in its place."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Record:
    """Something that happened: `kind` says what, `body` is its JSON in UTF-8.

    `time_us` is Unix time in µs, `device` the address of the device that it is about, 0 for none.
    `key` is the number of the data key under which `body` is sealed, 0 when anybody may read it.
    Where a record has just been sealed, `clear` is what was; copies lack it, and it is not stored.
    """

    time_us: int
    kind: str
    device: int
    key: int
    body: bytes
    clear: bytes | None = field(default=None, init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Row:
    """A record in the log: rows are numbered from 1 without a gap; `hash` is the chain's here."""

    number: int
    record: Record
    hash: bytes
