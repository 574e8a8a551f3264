"""Devices: made known while the hub serves, and placed."""

from collections.abc import Sequence

from linli_protocol import words

from ..configuration import BusWay
from ..people import Permission, Person
from ..privacy import PLACED
from ..registry import Enrolment
from .errors import Refused
from .subject import Subject

GENERATIONS = 256


class Devices(Subject):
    """The devices that are served."""

    async def enrol(
        self, person: Person, device: int, kind: str, ways: Sequence[str], generation: int = 0
    ) -> None:
        """Make a device known, reachable over `ways`, the preferred one first, from now on.

        `kind` is its word, as in `words.DEVICE_KINDS`. One that is known already is enrolled anew.
        """
        self._allow(person, Permission.ENROL)
        if not 1 <= device <= 0xFFFFFFFE:
            raise Refused(f"{device:08x} is no device's address")
        if kind not in words.DEVICE_KINDS.values():
            raise Refused(f"{kind!r} is none of {', '.join(words.DEVICE_KINDS.values())}")
        if not 0 <= generation < GENERATIONS:
            raise Refused(f"generation {generation} is none of 0 to {GENERATIONS - 1}")
        if not ways:
            raise Refused("a device needs a way to be reached")
        for way in ways:
            if way not in self._running.ways:
                names = ", ".join(self._running.ways) or "none"
                raise Refused(f"there is no way {way!r}; there are {names}")
        # A bus is polled address by address.
        buses = [each for each in self._site.configuration.ways if isinstance(each, BusWay)]
        for bus in buses:
            name = bus.open().name
            if name in ways and device not in bus.devices:
                address = f"{device:08x}"
                raise Refused(
                    f"{name} of hub.toml does not have {address} among its devices",
                    key="not_on_bus",
                    device=address,
                    way=name,
                )
        enrolment = Enrolment(device, kind, generation, tuple(dict.fromkeys(ways)))
        await self._durable(self._running.enrol(enrolment, person.name))

    async def place(
        self, person: Person, device: int, household: int | None, place: str = ""
    ) -> None:
        """Say where a device is: in a household, or (None) in a place that all share.

        `place` is "site/building/floor/flat", each part left out from the end where there is none.
        """
        self._allow(person, Permission.ENROL)
        self._served(device)
        parts = place.split("/") if place else []
        if len(parts) > 4 or not all(part.strip() for part in parts):
            raise Refused(f"{place!r} is no place as site/building/floor/flat")
        if household is not None and household < 0:
            raise Refused(f"{household} is no household")
        body = {"device": device, "household": household, "place": place, "by": person.name}
        await self._tell(PLACED, body)
