"""Who is let in by which doors, as pages show it."""

from collections.abc import Mapping
from dataclasses import dataclass

from linli_protocol.access_list import ALWAYS

from ....desk import Held
from ..formats import address

STATES = {True: ("there", "good"), False: ("to come", "watch"), None: ("not told", "watch")}
"""Whether the door has it, by `Held.current`: a word and how it looks."""


@dataclass(frozen=True, slots=True)
class Row:
    """What lets a holder in at a door; times in Unix s, None where there is no such bound."""

    door: str
    place: str | None
    holder: int
    household: int | None
    token: str
    begin_s: int | None
    end_s: int | None
    schedule: int
    has_pin: bool
    state: str
    level: str


def row(held: Held, places: Mapping[int, str]) -> Row:
    """Return a credential as it is shown."""
    state, level = STATES[held.current]
    return Row(
        door=address(held.door),
        place=places.get(held.door),
        holder=held.holder,
        household=held.household,
        token=held.token,
        begin_s=held.valid_from or None,
        end_s=None if held.valid_until == ALWAYS else held.valid_until,
        schedule=held.schedule,
        has_pin=held.has_pin,
        state=state,
        level=level,
    )
