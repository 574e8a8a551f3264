"""Incidents: what the centre knows of the alarms raised by devices."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from linli_protocol import codes
from linli_protocol.types import Store

# A device repeats its newest incidents only, and numbers them upwards.
_KEPT = 16

_SAVED = struct.Struct(">IBBB")
_MOST_PRESSES = 255


@dataclass(slots=True)
class Incident:
    """One incident of one device; `state` is 0 until the centre has received it."""

    device: int
    number: int
    cause: int
    presses: int = 1
    state: int = 0

    @property
    def open(self) -> bool:
        """Whether the centre has not closed it yet."""
        return self.state != codes.CLOSED


class DeviceIncidents:
    """A device's newest incidents, and all that are open; kept under `key` of `store`."""

    def __init__(self, device: int, store: Store, key: str) -> None:
        self._device = device
        self._store = store
        self._key = key
        self._incidents = {
            number: Incident(device, number, cause, presses, state)
            for number, cause, presses, state in _SAVED.iter_unpack(store.get(key) or b"")
        }

    def __iter__(self) -> Iterator[Incident]:
        return iter(self._incidents.values())

    def report(self, fields: dict[str, int]) -> tuple[Incident, bool]:
        """Enter an alarm message; return its incident and whether that is new."""
        number, presses = fields["incident"], min(fields.get("presses", 1), _MOST_PRESSES)
        known = self._incidents.get(number)
        if known is None:
            known = Incident(self._device, number, fields["cause"], presses)
            self._incidents[number] = known
            self._save()
            return known, True
        if presses > known.presses:
            known.presses = presses
            self._save()
        return known, False

    def advance(self, number: int, state: int) -> Incident:
        """Move an incident on to `state`, never back; KeyError when it is not known."""
        incident = self._incidents[number]
        if state > incident.state:
            incident.state = state
            self._save()
        return incident

    def forget(self) -> None:
        """Drop all: the device's numbers begin anew."""
        self._incidents.clear()
        self._store.delete(self._key)

    def _save(self) -> None:
        known = self._incidents
        closed = sorted(number for number, each in known.items() if not each.open)
        for number in closed[: max(len(known) - _KEPT, 0)]:
            del known[number]
        saved = [(each.number, each.cause, each.presses, each.state) for each in self]
        self._store.put(self._key, b"".join(_SAVED.pack(*each) for each in saved))
