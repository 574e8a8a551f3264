"""Doors: who came when, and what the door made of it."""

from ..people import Permission, Person
from ..views.doors import Passage, passages
from .subject import Subject, device_text


class Doors(Subject):
    """What happened at doors."""

    async def passages(
        self,
        person: Person,
        device: int | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[Passage]:
        """Return what happened at one door, or all, before the row `before`; newest first."""
        self._allow(person, Permission.SEE_DOORS)
        await self._access(person, "doors", device_text(device))
        return await self._read(lambda transaction: passages(transaction, device, before, limit))
