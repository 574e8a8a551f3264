"""Calls for help: who called, what was done, and what is done next."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from linli_protocol import codes, words

from ..people import Permission, Person
from ..privacy.homes import place_of
from ..projections import Event
from ..storage import Transaction
from ..views import incidents as view
from ..views.incidents import GRADES, Incident
from .errors import NotFound, Refused
from .subject import Subject


@dataclass(frozen=True, slots=True)
class CallForHelp:
    """An incident with what its alarm said.

    `cause` and `presses` are None when the alarm has been erased; `fields` is all that it said.
    `place` is where its device is, as "site/building/floor/flat"; None: it is not placed.
    """

    incident: Incident
    cause: int | None
    presses: int | None
    fields: Mapping[str, Any]
    place: str | None


class Incidents(Subject):
    """Calls for help at the site."""

    async def incidents(
        self, person: Person, only_open: bool = True, before: int | None = None, limit: int = 100
    ) -> list[CallForHelp]:
        """Return calls for help, the newest first, of alarms before the row `before`."""
        self._allow(person, Permission.SEE_INCIDENTS)
        await self._access(person, "incidents")

        def query(transaction: Transaction) -> list[CallForHelp]:
            found = view.incidents(transaction, only_open, before, limit)
            return [self._opened(transaction, each) for each in found]

        return [self._with_presses(each) for each in await self._read(query)]

    async def incident(self, person: Person, alarm: int) -> CallForHelp:
        """Return the call for help whose alarm is in row `alarm` of the log."""
        self._allow(person, Permission.SEE_INCIDENTS)
        await self._access(person, "incidents", f"row {alarm}")

        def query(transaction: Transaction) -> CallForHelp | None:
            found = view.incident(transaction, alarm)
            return None if found is None else self._opened(transaction, found)

        found = await self._read(query)
        if found is None:
            raise _no_call(alarm)
        return self._with_presses(found)

    async def open_calls(self, person: Person) -> tuple[int, int]:
        """Return how many calls are open, and of how many nobody has taken notice."""
        self._allow(person, Permission.SEE_INCIDENTS)
        return await self._read(
            lambda transaction: (
                view.open_count(transaction),
                view.open_count(transaction, codes.RECEIVED),
            )
        )

    async def handle(
        self, person: Person, alarm: int, state: int, grade: int | None = None
    ) -> None:
        """Write down that a call has come to `state`, and tell its device.

        `state` is from `codes.RECEIVED` to `codes.CLOSED`, `grade` 1 to 3 for the study's I to III.
        """
        self._allow(person, Permission.HANDLE_INCIDENTS)
        if state not in words.ALARM_STATES:
            raise Refused(f"{state} is no state: {codes.RECEIVED} to {codes.CLOSED}")
        if grade is not None and grade not in GRADES:
            raise Refused(f"grade {grade} is none of {', '.join(map(str, GRADES))}")

        def query(transaction: Transaction) -> tuple[Incident | None, Event | None]:
            return view.incident(transaction, alarm), self._alarm(transaction, alarm)

        known, raised = await self._read(query)
        if known is None or raised is None:
            raise _no_call(alarm)
        if state < known.state:
            raise Refused(
                f"the call of row {alarm} is {words.ALARM_STATES[known.state]!r} already, and does "
                f"not go back to {words.ALARM_STATES[state]!r}"
            )
        try:
            position = self._running.handle_incident(raised, state, person.name, grade)
        except KeyError:
            raise _no_call(alarm) from None
        await self._durable(position)

    def _opened(self, transaction: Transaction, found: Incident) -> CallForHelp:
        raised = self._alarm(transaction, found.alarm)
        body = {} if raised is None else raised.body
        return CallForHelp(
            found,
            body.get("cause"),
            body.get("presses"),
            body,
            place_of(transaction, found.device),
        )

    def _alarm(self, transaction: Transaction, number: int) -> Event | None:
        return view.alarm(transaction, self._site.vault, number, self._site.log.page)

    def _with_presses(self, call: CallForHelp) -> CallForHelp:
        """Return a call with what was pressed since: a repeated alarm is no row of the log."""
        peer = self._running.engine.core.peers.get(call.incident.device)
        for each in () if peer is None else peer.incidents:
            if each.number == call.fields.get("incident"):
                return replace(call, presses=max(each.presses, call.presses or 1))
        return call


def _no_call(alarm: int) -> NotFound:
    return NotFound(f"row {alarm} is no call for help, or has been erased", key="no_call")
