"""Incidents: what the centre knows of the alarms raised by devices."""

from dataclasses import dataclass

from linli_protocol import codes


@dataclass(slots=True)
class Incident:
    """One incident of one device; `state` is 0 until the centre has received it."""

    device: int
    number: int
    cause: int
    raised_at: int
    presses: int = 1
    state: int = 0

    @property
    def open(self) -> bool:
        """Whether the centre has not closed it yet."""
        return self.state != codes.CLOSED


class Incidents:
    """All incidents, by device and the device's incident number."""

    def __init__(self) -> None:
        self._incidents: dict[tuple[int, int], Incident] = {}

    def report(self, device: int, fields: dict[str, int], now: int) -> tuple[Incident, bool]:
        """Enter an alarm message; return its incident and whether that is new."""
        key = device, fields["incident"]
        known = self._incidents.get(key)
        presses = fields.get("presses", 1)
        if known is not None:
            known.presses = max(known.presses, presses)
            return known, False
        incident = Incident(device, fields["incident"], fields["cause"], now, presses)
        self._incidents[key] = incident
        return incident, True

    def advance(self, device: int, number: int, state: int) -> Incident:
        """Move an incident on to `state`, never back; KeyError when it is not known."""
        incident = self._incidents[device, number]
        incident.state = max(incident.state, state)
        return incident

    def forget(self, device: int) -> None:
        """Drop the incidents of a device whose numbers begin anew, as a replaced one's do."""
        for key in [key for key in self._incidents if key[0] == device]:
            del self._incidents[key]

    def open(self) -> list[Incident]:
        """Return the incidents that are not closed, oldest first."""
        return [incident for incident in self._incidents.values() if incident.open]
