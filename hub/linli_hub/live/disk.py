"""How much room there is where a hub writes, and what is given up for want of it."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_MB = 1_000_000


class Room(StrEnum):
    """How much is free."""

    ENOUGH = "enough"
    LOW = "low"
    """A person should do something; nothing is given up yet."""
    RESERVE = "reserve"
    """What can wait in its device is not taken in, so that alarms still have room."""


_FOLLOWS = {
    Room.ENOUGH: "",
    Room.LOW: "make room, or readings will not be taken in",
    Room.RESERVE: "readings are not taken in, so that alarms have room",
}


@dataclass(frozen=True, slots=True)
class Disk:
    """The fullest of the file systems that a hub writes to."""

    folder: Path
    free_bytes: int
    total_bytes: int
    room: Room

    @property
    def trouble(self) -> str | None:
        """None, or how little is free and what follows."""
        if self.room is Room.ENOUGH:
            return None
        return f"{self.folder}: {self.free_bytes // _MB} MB free: {_FOLLOWS[self.room]}"


def look(folders: Iterable[Path], warn_free_mb: int, reserve_mb: int) -> Disk:
    """Return how full the disk is; OSError when a folder cannot be looked at."""
    found = [(shutil.disk_usage(folder), folder) for folder in folders]
    usage, folder = min(found, key=lambda each: each[0].free)
    if usage.free < reserve_mb * _MB:
        room = Room.RESERVE
    elif usage.free < warn_free_mb * _MB:
        room = Room.LOW
    else:
        room = Room.ENOUGH
    return Disk(folder, usage.free, usage.total, room)
