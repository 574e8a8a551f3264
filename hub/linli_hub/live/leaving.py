"""Devices that were told to destroy what they hold; once they have said so, they are retired."""

import json
from typing import Any

from linli_protocol import codes, messages
from linli_protocol.types import Fields, Store

GRACE_MS = 60_000
"""A device waits for its last word to be acknowledged, and may have to repeat it."""


class Leaving:
    """The devices that leave; `store` has them over a restart."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._due: dict[int, int] = {}

    def resume(self, device: int, now: int) -> None:
        """Go on with a device that left when the hub ended."""
        leaving = self._known(device)
        if leaving is not None and leaving["done"]:
            self._due[device] = now + GRACE_MS

    def begin(self, device: int, number: int, by: str) -> None:
        """Wait for the result of the command `number`, which `by` has given."""
        self._keep(device, {"number": number, "by": by, "done": False})

    def take(self, device: int, kind: int, fields: Fields, now: int) -> None:
        """Hear a message; those that are no results say nothing here."""
        leaving = self._known(device) if kind == messages.RESULT else None
        if leaving and fields["id"] == leaving["number"] and fields["status"] == codes.DONE:
            self._keep(device, {**leaving, "done": True})
            self._due[device] = now + GRACE_MS

    def gone(self, now: int) -> list[tuple[int, str]]:
        """Return the devices to retire now, and who has had them leave."""
        due = [device for device, at in self._due.items() if at <= now]
        return [(device, known["by"]) for device in due if (known := self._known(device))]

    def forget(self, device: int) -> None:
        """Wait no more: the device is retired, or enrolled anew."""
        self._due.pop(device, None)
        self._store.delete(_name(device))

    def _known(self, device: int) -> dict[str, Any] | None:
        kept = self._store.get(_name(device))
        return json.loads(kept) if kept else None

    def _keep(self, device: int, leaving: dict[str, Any]) -> None:
        self._store.put(_name(device), json.dumps(leaving).encode())


def _name(device: int) -> str:
    return f"leaving/{device:08x}"
