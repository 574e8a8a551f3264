"""Households: where their devices are, what they consent to, and their erasure."""

from ..people import Permission, Person
from ..privacy import CONSENT, ConsentError, Purpose, consent
from ..privacy.consent import Word, of_household
from ..privacy.homes import Placement, placements
from ..site import SiteError
from ..storage import StorageError
from .errors import Refused, Unavailable
from .subject import Subject, said


class Households(Subject):
    """The households of the site, which are numbers."""

    async def placements(self, person: Person) -> list[Placement]:
        """Return where all devices are that were placed, by address."""
        if not any(self._may(person, each) for each in (Permission.ENROL, Permission.CONSENT)):
            self._allow(person, Permission.ENROL)
        return await self._read(placements)

    async def consents(self, person: Person, household: int) -> list[Word]:
        """Return a household's last word on each purpose of which it has said anything."""
        self._allow(person, Permission.CONSENT)
        await self._access(person, "consents", f"household {household}")
        return await self._read(lambda transaction: of_household(transaction, household))

    async def consent(
        self, person: Person, household: int, purpose: Purpose, given: bool, how: str
    ) -> None:
        """Write down that a household consents (`given`), or does no longer, and how it said so."""
        self._allow(person, Permission.CONSENT)
        if household < 0:
            raise Refused(f"{household} is no household")
        try:
            body = consent(household, Purpose(purpose), given, person.name, how)
        except ConsentError as error:
            raise Refused(str(error)) from error
        await self._tell(CONSENT, body)

    async def erase(self, person: Person, household: int, reason: str) -> None:
        """Erase what is known of a household; Unavailable: it is not out of all files yet."""
        self._allow(person, Permission.ERASE)
        try:
            await self._running.erase(household, person.name, said(reason, "reason"))
        except (SiteError, StorageError) as error:
            raise Unavailable(str(error)) from error
