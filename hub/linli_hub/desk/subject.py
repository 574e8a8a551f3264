"""What all parts of the desk rest on: permission, the audit, and reading beside the loop."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ..live.running import RunningSite
from ..people import Permission, Person
from ..storage import Transaction
from .errors import Forbidden, NotFound, Refused, Unavailable

_T = TypeVar("_T")

# What is on disk within a second as a rule, and is waited for no longer.
_DURABLE_S = 20.0


class Subject:
    """A part of the desk of `running`."""

    def __init__(self, running: RunningSite) -> None:
        self._running = running
        self._site = running.site

    def _allow(self, person: Person, *permissions: Permission) -> None:
        """Raise Forbidden without all `permissions`; what counts is what the person may now."""
        known = self._site.accounts.person(person.name)
        for permission in permissions:
            if known is None or not known.role.may(permission):
                raise may_not(person, permission)

    def _may(self, person: Person, permission: Permission) -> bool:
        known = self._site.accounts.person(person.name)
        return known is not None and known.role.may(permission)

    def _now_us(self) -> int:
        return self._running.clock.unix_us()

    def _served(self, device: int) -> None:
        """Raise NotFound when no such device is enrolled."""
        if device not in self._site.registry:
            raise no_device(device)

    async def _tell(self, kind: str, body: Mapping[str, Any]) -> None:
        """Write a deed down, and return when it is durable."""
        await self._durable(self._site.tell(kind, body, self._now_us()))

    async def _access(self, person: Person, what: str, about: str = "") -> None:
        """Have the audit know, durably, that `person` is shown something that is not open."""
        await self._durable(self._site.tell_access(person.name, what, about, self._now_us()))

    async def _durable(self, position: int) -> None:
        try:
            async with asyncio.timeout(_DURABLE_S):
                if await self._running.service.durable(position):
                    return
        except TimeoutError:
            pass
        trouble = self._site.journal.trouble or "it is slow"
        raise Unavailable(f"the database has not taken it: {trouble}")

    async def _read(self, query: Callable[[Transaction], _T]) -> _T:
        """Return what `query` finds in the database, asked beside the event loop."""

        def read() -> _T:
            with self._site.database.reading() as transaction:
                return query(transaction)

        return await asyncio.to_thread(read)


def may_not(person: Person, permission: Permission) -> Forbidden:
    """Return why `person` is not shown, or does not do, what takes `permission`."""
    return Forbidden(f"{person.name} may not: {permission}", key="may_not", permission=permission)


def no_device(device: int) -> NotFound:
    """Return that no such device is served."""
    address = f"{device:08x}"
    return NotFound(f"no device {address} is enrolled", key="no_device", device=address)


def device_text(device: int | None) -> str:
    """Return how the audit names a device; nothing for all."""
    return "" if device is None else f"device {device:08x}"


def said(text: str, what: str) -> str:
    """Return `text` without surrounding space; Refused when there is nothing left of `what`."""
    if not text.strip():
        raise Refused(f"a {what} is missing", key=f"no_{what}")
    return text.strip()
