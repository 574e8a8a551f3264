"""What a notice says: that something happened at a device, and little of what."""

from dataclasses import dataclass
from enum import StrEnum

from linli_protocol import catalogue, codes, messages, words

from ..people import Permission, Role
from ..people.proposal_records import APPROVED, DONE, EXPIRED, PROPOSED, WITHDRAWN
from ..privacy import MESSAGE
from ..privacy.catalogue import DEVICES
from ..projections import Event
from ..registry import ENROLLED, RETIRED
from ..views.incidents import INCIDENT

_ALARM = catalogue.KINDS[messages.ALARM].name
_EVENT = catalogue.KINDS[messages.EVENT].name
_PROPOSALS = frozenset({PROPOSED, APPROVED, WITHDRAWN, EXPIRED, DONE})


class Kind(StrEnum):
    """What a notice is about."""

    INCIDENT = "incident"
    """A call for help, or what was done about it."""
    PASSAGE = "passage"
    """An event at a door."""
    READING = "reading"
    """What a meter tells of its register, its use and its pipe."""
    HEARD = "heard"
    """Any other message; also a device that is enrolled, or served no more."""
    PROPOSAL = "proposal"
    """What takes two persons was proposed, or what became of it."""


SEES = {
    Kind.INCIDENT: Permission.SEE_INCIDENTS,
    Kind.PASSAGE: Permission.SEE_DOORS,
    Kind.READING: Permission.SEE_METERS,
    Kind.HEARD: Permission.SEE_SITE,
    Kind.PROPOSAL: Permission.PROPOSE,
}
"""The permission that it takes to be told of each kind."""

_BY_MESSAGE = {
    catalogue.KINDS[number].name: Kind.READING
    for number in (
        messages.READING,
        messages.READINGS,
        messages.MEASUREMENT,
        messages.LOG_CHUNK,
    )
}
_BY_CODE = {
    **dict.fromkeys(DEVICES[codes.DOOR].events, Kind.PASSAGE),
    **dict.fromkeys(DEVICES[codes.METER].events, Kind.READING),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened, told in row `row` of the log, at `device` if at any.

    `what` is a message's name, the state that an incident has come to ("raised" at first), or the
    kind of the record. `about` is the row of an incident's alarm, or the number of a proposal.
    """

    row: int
    time_us: int
    kind: Kind
    what: str
    device: int | None
    about: int | None


def may_follow(role: Role) -> frozenset[Kind]:
    """Return what a role may be told of."""
    return frozenset(kind for kind, permission in SEES.items() if role.may(permission))


def notice(event: Event) -> Notice | None:
    """Return the notice of a row; None: it is of no kind."""
    body, about = event.body, None
    if event.kind == MESSAGE:
        what = body["message"]
        if what == _ALARM:
            kind, what, about = Kind.INCIDENT, "raised", event.number
        elif what == _EVENT and "code" not in body:
            # A name that is kept apart from its event, of which there is a row of its own.
            return None
        else:
            kind = _BY_CODE.get(body.get("code", 0)) or _BY_MESSAGE.get(what, Kind.HEARD)
    elif event.kind == INCIDENT:
        kind, what, about = Kind.INCIDENT, words.ALARM_STATES[body["state"]], body["alarm"]
    elif event.kind in (ENROLLED, RETIRED):
        kind, what = Kind.HEARD, event.kind
    elif event.kind in _PROPOSALS:
        kind, what, about = Kind.PROPOSAL, event.kind, body["proposal"]
    else:
        return None
    return Notice(event.number, event.time_us, kind, what, event.device or None, about)
