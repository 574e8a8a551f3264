"""What a witness remembers: a file of JSON lines, on disk within a moment."""

import json
import os
import time
from pathlib import Path
from typing import Any

Entry = dict[str, Any]
"""`what` happened, at `at_s` of the monotonic clock that all processes of a machine share."""

DEVICES = "devices.jsonl"
OPERATORS = "operators.jsonl"
ROUNDS = "rounds.jsonl"
LOG = "log.jsonl"
"""The hub's log at the end, opened: `number`, `kind`, `device`, `body`."""


class Records:
    """Adds entries to the file at `path`; they are on disk once `sync` has returned."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._is_synced = True

    def add(self, what: str, **told: Any) -> None:
        """Remember that something has happened now."""
        entry = {"what": what, "at_s": time.monotonic(), **told}
        self._file.write(json.dumps(entry) + "\n")
        self._is_synced = False

    def sync(self) -> None:
        """Have all that was added on disk."""
        if not self._is_synced:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._is_synced = True

    def close(self) -> None:
        """Add no more."""
        self.sync()
        self._file.close()


def read(path: Path) -> list[Entry]:
    """Return the entries of a file, in their order, but one that is being written."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.endswith("\n")]
