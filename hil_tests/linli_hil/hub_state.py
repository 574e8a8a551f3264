"""A hub's sessions and counters in one file, so that the next run goes on where this one ended."""

import json
import os
from pathlib import Path


class HubState:
    """A store (`linli_protocol.types.Store`) in the JSON file `path`, which only its owner reads.

    Every change replaces the file. ValueError: it holds something else. OSError: it cannot be read
    or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[str, bytes] = {}
        if path.exists():
            try:
                content = json.loads(path.read_text(encoding="ascii"))
                self._values = {key: bytes.fromhex(value) for key, value in content.items()}
            except (ValueError, AttributeError, TypeError):
                raise ValueError(f"{path}: not a hub's state") from None

    def get(self, key: str) -> bytes | None:
        """Return the value of `key`, None when it has none."""
        return self._values.get(key)

    def put(self, key: str, value: bytes) -> None:
        """Set the value of `key`."""
        self._values[key] = bytes(value)
        self._write()

    def delete(self, key: str) -> None:
        """Forget `key`; nothing happens when it has no value."""
        if self._values.pop(key, None) is not None:
            self._write()

    def _write(self) -> None:
        content = {key: value.hex() for key, value in self._values.items()}
        beside = self._path.with_name(self._path.name + ".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file, indent=1)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
