"""The words of the data rules: how sensitive, what for, for how long."""

from enum import IntEnum, StrEnum
from typing import NamedTuple


class Sensitivity(IntEnum):
    """The four classes of data, least sensitive first."""

    OPEN = 0
    """May be published as it is."""
    INTERNAL = 1
    """For those who run the site; about no person."""
    PERSONAL = 2
    """About a household or a card's holder; sealed under the household's key."""
    HEALTH = 3
    """That somebody needs help; sealed under a key of its own."""


class Purpose(StrEnum):
    """What needs a household's consent: the site works without it."""

    CONSUMPTION_PROFILE = "consumption profile"
    """How much is used at which hour of the day."""
    DOOR_HISTORY = "door history"
    """Which holder of a card went in when."""
    INDOOR_CLIMATE = "indoor climate"
    """Temperature, humidity and air in the rooms."""


class Retention(NamedTuple):
    """How many days something is kept; 0: it is not written down at all."""

    days: int
    source: str


NOT_KEPT = Retention(0, "used at once and forgotten")
OPERATION = Retention(183, "Cybersecurity Law, article 21: logs for six months; recalled")
BILLING = Retention(1096, "Civil Code, article 188: claims lapse after three years; recalled")
DOORS = Retention(90, "our default")
CLIMATE = Retention(366, "our default: a year to compare with the one before")
INCIDENTS = Retention(366, "our default: a year of quarterly drills")
