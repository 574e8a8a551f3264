"""What happened at doors as pages show it: what, who and why, or why not who."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from linli_protocol import codes, words

from ....privacy.catalogue import EVENTS, Names
from ....views.doors import Passage
from ..formats import address

OUTCOMES = ("all", "granted", "denied", "alarms")
_ALARMS = frozenset({codes.DURESS, codes.FORCED, codes.HELD_OPEN, codes.EMERGENCY_RELEASED})
_DENIED = frozenset(code for code, word in words.EVENTS.items() if word.startswith("denied"))
_GRANTED = frozenset({codes.GRANTED, codes.EXIT_REQUESTED, codes.REMOTE_RELEASED})


@dataclass(frozen=True, slots=True)
class Row:
    """Something that happened at a door.

    `holders` are those who may be named; `is_hidden` tells that somebody may not. `card` is the
    mark of one that nobody is known to hold.
    """

    number: int
    time_us: int
    device: str
    place: str | None
    what: str
    level: str
    holders: tuple[int, ...]
    card: str | None
    is_hidden: bool


def row(passage: Passage, places: Mapping[int, str]) -> Row:
    """Return a passage as it is shown."""
    code = passage.code
    event = EVENTS.get(code)
    names = {event.subject.names, event.detail.names} if event else set()
    has_card = event is not None and event.subject.names is Names.TOKEN
    return Row(
        number=passage.number,
        time_us=passage.time_us,
        device=address(passage.device),
        place=places.get(passage.device),
        what=words.EVENTS.get(code, str(code)),
        level=_level(code),
        holders=passage.holders,
        card=f"{passage.subject:08x}" if has_card and passage.subject is not None else None,
        is_hidden=not passage.holders and Names.HOLDER in names,
    )


def of_outcome(passages: Iterable[Passage], outcome: str) -> list[Passage]:
    """Return those passages that came out as one of `OUTCOMES` says."""
    wanted = {"granted": _GRANTED, "denied": _DENIED, "alarms": _ALARMS}.get(outcome)
    return [each for each in passages if wanted is None or each.code in wanted]


def _level(code: int) -> str:
    if code in _ALARMS:
        return "bad"
    if code in _DENIED:
        return "watch"
    return "good" if code in _GRANTED else ""
