"""The audit, and whether the log is what was written."""

import asyncio

from ..archive.parquet import ArchiveError
from ..archive.verification import Verified, verify_log
from ..log import BrokenChainError
from ..people import Permission, Person
from ..views.audit import Deed, audit
from .errors import Refused
from .subject import Subject


class Trail(Subject):
    """Who did what, and who looked at what."""

    async def audit(
        self,
        person: Person,
        by: str | None = None,
        kind: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[Deed]:
        """Return deeds before the row `before`, the newest first, of one person or kind or all."""
        self._allow(person, Permission.SEE_AUDIT)
        await self._access(person, "audit", by or "")
        return await self._read(lambda transaction: audit(transaction, by, kind, before, limit))

    async def verify(self, person: Person) -> Verified:
        """Follow the log from its first row to its last; Refused says where it is broken."""
        self._allow(person, Permission.SEE_AUDIT)
        site = self._site
        try:
            return await asyncio.to_thread(verify_log, site.database, site.configuration.archive)
        except (ArchiveError, BrokenChainError) as error:
            raise Refused(str(error)) from error
