"""Meters as pages show them, and why somebody's use by the hour is not there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ....privacy.homes import Placement
from ....views.meters import Meter
from ..formats import address

_URGENT = frozenset({"leak", "burst", "tamper", "meter absent"})


@dataclass(frozen=True, slots=True)
class Condition:
    """What is wrong with a meter or its pipe, and since when."""

    name: str
    since_us: int
    level: str


@dataclass(frozen=True, slots=True)
class Row:
    """A meter: its newest register and what is wrong, the worst first."""

    device: str
    place: str | None
    household: int | None
    volume_ml: int
    time_us: int
    conditions: tuple[Condition, ...]

    @property
    def level(self) -> str:
        """How urgently it is to be looked at."""
        return self.conditions[0].level if self.conditions else ""


def row(meter: Meter, placement: Placement | None) -> Row:
    """Return a meter as it is shown."""
    conditions = [
        Condition(name, since_us, "bad" if name in _URGENT else "watch")
        for name, since_us in meter.conditions.items()
    ]
    return Row(
        device=address(meter.device),
        place=placement.place if placement else None,
        household=placement.household if placement else None,
        volume_ml=meter.volume_ml,
        time_us=meter.time_s * 1_000_000,
        conditions=tuple(sorted(conditions, key=lambda each: (each.level != "bad", each.since_us))),
    )


def rows(
    meters: Iterable[Meter],
    placed: Mapping[int, Placement],
    find: str = "",
    only_wrong: bool = False,
) -> list[Row]:
    """Return meters whose address or place has `find` in it, those that something is wrong with
    first."""
    found = (row(each, placed.get(each.device)) for each in meters)
    wanted = [
        each
        for each in found
        if find.lower() in f"{each.device} {each.place or ''}".lower()
        and (each.conditions or not only_wrong)
    ]
    return sorted(wanted, key=lambda each: ("bad", "watch", "").index(each.level))


def hidden(placement: Placement | None, has_consent: bool) -> str | None:
    """Return the name of the text that says why use by the hour is not shown; None: it is."""
    if placement is None:
        return "hidden_unplaced"
    if placement.household is None or has_consent:
        return None
    return "hidden_consent"
