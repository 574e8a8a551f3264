"""Whose a device is, and whose a card: households, as the log tells of them.

A household is a number; who lives in it stands in no record of the hub's. Records, with the body:

* "placed": `device`, `household` (null: a place that all share), `place` as
  "site/building/floor/flat", each part left out from the end where there is none;
* "holder": `holder` (the person number that doors report), `household` (null: of none); sealed
  under the household's key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..projections import ERASURE, Event, Projection
from ..storage import Transaction

PLACED = "placed"
HOLDER = "holder"


class Homes:
    """The households of devices and holders; `take` follows the records."""

    def __init__(self) -> None:
        self._devices: dict[int, int | None] = {}
        self._holders: dict[int, int] = {}

    @classmethod
    def load(cls, transaction: Transaction) -> "Homes":
        """Return what the projection knows."""
        homes = cls()
        homes._devices.update(transaction.query("SELECT device, household FROM placements"))
        homes._holders.update(transaction.query("SELECT holder, household FROM holders"))
        return homes

    def take(self, kind: str, body: Mapping[str, Any]) -> None:
        """Learn what a record says; other kinds say nothing here."""
        if kind == PLACED:
            self._devices[body["device"]] = body["household"]
        elif kind == HOLDER:
            if body["household"] is None:
                self._holders.pop(body["holder"], None)
            else:
                self._holders[body["holder"]] = body["household"]
        elif kind == ERASURE:
            for holder in self.holders(body["household"]):
                del self._holders[holder]

    def is_common(self, device: int) -> bool:
        """Tell whether a device is known to be in a place that all share."""
        return device in self._devices and self._devices[device] is None

    def of_device(self, device: int) -> int | None:
        """Return the household that a device is in; None: none, or not known."""
        return self._devices.get(device)

    def of_holder(self, holder: int) -> int | None:
        """Return the household of a card's holder; None: none, or not known."""
        return self._holders.get(holder)

    def devices(self, household: int) -> list[int]:
        """Return the devices in a household, in order."""
        return sorted(each for each, of in self._devices.items() if of == household)

    def holders(self, household: int) -> list[int]:
        """Return the holders of a household, in order."""
        return sorted(each for each, of in self._holders.items() if of == household)


def place_of(transaction: Transaction, device: int) -> str | None:
    """Return where a device is; None: that was never said."""
    found = transaction.query("SELECT place FROM placements WHERE device = ?", [device])
    return found[0][0] if found else None


@dataclass(frozen=True, slots=True)
class Placement:
    """A device is in a `household` (None: a place that all share) at `place`, see "placed"."""

    device: int
    household: int | None
    place: str


def placements(transaction: Transaction) -> list[Placement]:
    """Return where all devices are that were placed, by address."""
    return [
        Placement(*row)
        for row in transaction.query(
            "SELECT device, household, place FROM placements ORDER BY device"
        )
    ]


def _apply(transaction: Transaction, events: Sequence[Event]) -> None:
    for event in events:
        body = event.body
        if event.kind == PLACED:
            transaction.execute(
                "INSERT INTO placements (device, household, place, time_us) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (device) DO UPDATE SET household = excluded.household, "
                "place = excluded.place, time_us = excluded.time_us",
                [body["device"], body["household"], body["place"], event.time_us],
            )
        elif event.kind == HOLDER and body["household"] is None:
            transaction.execute("DELETE FROM holders WHERE holder = ?", [body["holder"]])
        elif event.kind == HOLDER:
            transaction.execute(
                "INSERT INTO holders (holder, household) VALUES (?, ?) "
                "ON CONFLICT (holder) DO UPDATE SET household = excluded.household",
                [body["holder"], body["household"]],
            )
        elif event.kind == ERASURE:
            transaction.execute("DELETE FROM holders WHERE household = ?", [body["household"]])


HOMES = Projection(
    "homes",
    1,
    {
        "placements": "device BIGINT PRIMARY KEY, household BIGINT, place TEXT NOT NULL, "
        "time_us BIGINT NOT NULL",
        "holders": "holder BIGINT PRIMARY KEY, household BIGINT NOT NULL",
    },
    _apply,
)
"""Tables `placements` and `holders`: where things are now; how they came there is in the log."""
