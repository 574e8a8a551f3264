"""Meters: what they show, what is wrong with them, and what was used when."""

from typing import Literal
from zoneinfo import ZoneInfo

from ..people import Permission, Person
from ..storage import Transaction
from ..views.meters import Meter, Use, daily, hourly, meters
from .subject import Subject, device_text

Interval = Literal["hour", "day"]


class Meters(Subject):
    """What meters tell."""

    async def meters(self, person: Person) -> list[Meter]:
        """Return all meters that have told their register, with what is wrong since when."""
        self._allow(person, Permission.SEE_METERS)
        await self._access(person, "meters")
        return await self._read(meters)

    async def meter_use(
        self, person: Person, device: int, begin_s: int, end_s: int, by: Interval = "day"
    ) -> list[Use]:
        """Return what was used from `begin_s` to `end_s` (Unix s) by the hour or by local day.

        By the hour, only what the household consents to is there.
        """
        self._allow(person, Permission.SEE_METERS)
        await self._access(person, "meters", f"{device_text(device)} by the {by}")
        zone = ZoneInfo(self._site.configuration.time_zone)

        def query(transaction: Transaction) -> list[Use]:
            if by == "hour":
                return hourly(transaction, device, begin_s, end_s)
            return daily(transaction, device, begin_s, end_s, zone)

        return await self._read(query)
