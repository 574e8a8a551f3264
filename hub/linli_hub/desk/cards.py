"""Cards and PINs: who is let in by which doors, from when until when."""

from collections.abc import Sequence
from dataclasses import dataclass

from linli_protocol import access_list, codes, keys, words
from linli_protocol.access_list import ADD, ALWAYS, NO_PIN, REMOVE, REPLACE, Credential

from ..people import Permission, Person
from ..privacy import HOLDER
from .errors import NotFound, Refused
from .subject import Subject

_U32 = 0xFFFFFFFF
PIN_LENGTHS = range(4, 9)
SCHEDULES = range(256)
_DOOR = words.DEVICE_KINDS[codes.DOOR]


@dataclass(frozen=True, slots=True)
class Card:
    """A Wiegand card of `bits` (26, 34 or 37), by the numbers printed on it."""

    bits: int
    facility: int
    number: int


@dataclass(frozen=True, slots=True)
class Held:
    """What lets `holder` in at `door` from `valid_from` until `valid_until` (Unix s).

    `token` is in hexadecimal, as in `linli_protocol.access_list`. `household` is None for who is of
    none, such as staff. `current`: the door has all of its list; None: it has not said.
    """

    door: int
    token: str
    holder: int
    household: int | None
    valid_from: int
    valid_until: int
    schedule: int
    has_pin: bool
    current: bool | None


class Cards(Subject):
    """Who is let in where."""

    async def cards(
        self, person: Person, door: int | None = None, holder: int | None = None
    ) -> list[Held]:
        """Return what lets people in, by door and holder: of one door, one holder, or all."""
        if not self._may(person, Permission.ENROL):
            self._allow(person, Permission.SEE_DOORS)
        about = [] if door is None else [f"door {door:08x}"]
        about += [] if holder is None else [f"holder {holder}"]
        await self._access(person, "cards", ", ".join(about))
        return [
            self._held(each, credential)
            for each, known in self._site.lists.all().items()
            if each in self._site.registry and door in (None, each)
            for credential in sorted(known.credentials.values(), key=lambda one: one.person)
            if holder in (None, credential.person)
        ]

    async def give(
        self,
        person: Person,
        doors: Sequence[int],
        holder: int,
        household: int | None,
        card: Card | None = None,
        pin: str | None = None,
        valid_from: int = 0,
        valid_until: int = ALWAYS,
        schedule: int = 0,
    ) -> None:
        """Have `doors` let `holder`, of `household` or (None) staff, in with a card, a PIN or both.

        Times are Unix s. What a door has already of that card is replaced. A PIN is not kept: a
        door that is replaced by another has to be given it again.
        """
        self._allow(person, Permission.ENROL)
        if not doors:
            raise Refused("no doors are named")
        if not 0 < holder <= _U32:
            raise Refused(f"{holder} is no holder's number")
        if schedule not in SCHEDULES or not 0 <= valid_from < valid_until <= ALWAYS:
            raise Refused(
                "that is never valid: until comes after from, schedules are 0 to 255",
                key="never_valid",
            )
        if pin is not None and not (pin.isascii() and pin.isdigit() and len(pin) in PIN_LENGTHS):
            raise Refused(f"a PIN has {PIN_LENGTHS[0]} to {PIN_LENGTHS[-1]} digits")
        given = []
        for door in dict.fromkeys(doors):
            token, check = self._token(door, card, pin)
            known = self._site.lists.of(door).credentials.get(token)
            if known is not None and known.person != holder:
                raise Refused(
                    f"door {door:08x} knows that as holder {known.person}'s",
                    key="other_holder",
                    device=f"{door:08x}",
                    holder=known.person,
                )
            credential = Credential(token, holder, valid_from, valid_until, schedule, check)
            given.append((door, REPLACE if known else ADD, credential))
        with self._site.journal.together():
            self._tell_holder(holder, household, person.name)
            for door, operation, credential in given:
                change = (operation, credential)
                position = self._running.doors.publish(door, [change], person.name)
        self._running.service.kick()
        await self._durable(position)

    async def revoke(
        self,
        person: Person,
        holder: int,
        doors: Sequence[int] | None = None,
        token: str | None = None,
    ) -> int:
        """Have doors, or (None) all, let a holder in no more, with one token or any.

        Return how many credentials that were; NotFound: none. The duty desk may do it, too: a card
        is lost at night.
        """
        if not self._may(person, Permission.ENROL):
            self._allow(person, Permission.HANDLE_INCIDENTS)
        found = [
            (door, each.token)
            for door, known in self._site.lists.all().items()
            if doors is None or door in doors
            for each in known.credentials.values()
            if each.person == holder and token in (None, each.token.hex())
        ]
        if not found:
            raise NotFound(
                f"no such door lets holder {holder} in with that", key="no_card", holder=holder
            )
        with self._site.journal.together():
            for door, each in found:
                position = self._running.doors.publish(door, [(REMOVE, each)], person.name)
        self._running.service.kick()
        await self._durable(position)
        return len(found)

    def _tell_holder(self, holder: int, household: int | None, by: str) -> None:
        """Write down whose a holder is, if that is news; what doors have is sealed anew then."""
        homes = self._site.homes
        if homes.of_holder(holder) != household:
            body = {"holder": holder, "household": household, "by": by}
            self._site.tell(HOLDER, body, self._now_us())
            self._running.doors.seal_anew(holder, by)

    def _token(self, door: int, card: Card | None, pin: str | None) -> tuple[bytes, bytes]:
        """Return a credential's token and PIN check at a door."""
        self._served(door)
        enrolment = self._site.registry[door]
        if enrolment.kind != _DOOR:
            raise Refused(f"{door:08x} is a {enrolment.kind}, not a {_DOOR}")
        root = keys.root_key(self._site.community_key, door, enrolment.generation)
        key = keys.pin_key(root)
        if card is None:
            if pin is None:
                raise Refused("neither a card nor a PIN is given", key="no_credential")
            return access_list.pin_token(key, pin), NO_PIN
        try:
            token = access_list.card_token(card.bits, card.facility, card.number)
        except (KeyError, ValueError, OverflowError):
            raise Refused(
                f"there is no such card of {card.bits} bits", key="no_such_card", bits=card.bits
            ) from None
        return token, NO_PIN if pin is None else access_list.pin_check(key, token, pin)

    def _held(self, door: int, credential: Credential) -> Held:
        return Held(
            door,
            credential.token.hex(),
            credential.person,
            self._site.homes.of_holder(credential.person),
            credential.valid_from,
            credential.valid_until,
            credential.schedule,
            credential.pin_check != NO_PIN,
            self._running.doors.is_current(door),
        )
