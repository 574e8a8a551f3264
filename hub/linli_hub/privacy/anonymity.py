"""k-anonymous release of readings and door counts.

Rows that read the same stem from at least k households: k-anonymity (Sweeney 2002), counted by
households because many rows may be one household's. Attributes are made coarser for all rows alike
(full-domain generalisation, Samarati 2001), as little as will do; rows that are still too rare are
suppressed. Not given are l-diversity (what the rows of a group have in common is told of every
household in it) and protection when several releases of the same data are laid side by side.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby, product
from typing import Any, NamedTuple

LEAST_K = 2
MOST_SUPPRESSED = 0.05
"""The share of rows that may be suppressed before attributes are made coarser; our default."""


class Step(NamedTuple):
    """A way to tell a value; values that one step tells alike, the next steps tell alike too."""

    name: str
    tell: Callable[[Any], str]


@dataclass(frozen=True)
class Attribute:
    """A column, and how it is told, from fine to coarse."""

    name: str
    steps: tuple[Step, ...]


class Row(NamedTuple):
    """A row to release: whose it is, None when that is not known, and a value an attribute."""

    household: int | None
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Release:
    """What may be published: `rows` in order, each as often as it counts.

    `steps` has how each attribute is told, by its name. `suppressed` rows are left out.
    """

    k: int
    steps: dict[str, str]
    rows: list[tuple[str, ...]]
    suppressed: int


@dataclass(slots=True)
class _Group:
    count: int = 0
    households: set[int | None] = field(default_factory=set)


# By the told values, one an attribute.
_Groups = dict[tuple[str, ...], _Group]


def release(
    rows: Iterable[Row],
    attributes: Sequence[Attribute],
    k: int,
    most_suppressed: float = MOST_SUPPRESSED,
) -> Release:
    """Return `rows` as they may be published.

    Attributes are made coarser by as few steps as suppress at most the share `most_suppressed` of
    the rows; of several ways the one that suppresses least, then the one that leaves the first
    attributes fine. Where no way does, all are at their coarsest. ValueError: k is below 2.
    """
    if k < LEAST_K:
        raise ValueError(f"k is {k}: below {LEAST_K} every household stands alone")
    finest, told = _finest(rows, attributes)
    allowed = most_suppressed * sum(group.count for group in finest.values())
    ways = product(*(range(len(attribute.steps)) for attribute in attributes))
    for _, alike in groupby(sorted(ways, key=sum), key=sum):
        tried = ((_coarser(finest, told, way), way) for way in alike)
        suppressed, way, groups = min(
            ((_rare(groups, k), way, groups) for groups, way in tried), key=lambda each: each[:2]
        )
        if suppressed <= allowed:
            break
    return Release(
        k,
        {each.name: each.steps[step].name for each, step in zip(attributes, way, strict=True)},
        [
            values
            for values, group in sorted(groups.items())
            if len(group.households) >= k
            for _ in range(group.count)
        ],
        suppressed,
    )


def _finest(
    rows: Iterable[Row], attributes: Sequence[Attribute]
) -> tuple[_Groups, list[dict[str, list[str]]]]:
    """Return the groups at the first steps, and for each attribute how they are told at each."""
    groups: _Groups = {}
    told: list[dict[str, list[str]]] = [{} for _ in attributes]
    for row in rows:
        values = []
        for attribute, value, known in zip(attributes, row.values, told, strict=True):
            finest = attribute.steps[0].tell(value)
            if finest not in known:
                known[finest] = [step.tell(value) for step in attribute.steps]
            values.append(finest)
        group = groups.setdefault(tuple(values), _Group())
        group.count += 1
        group.households.add(row.household)
    return groups, told


def _coarser(finest: _Groups, told: list[dict[str, list[str]]], way: tuple[int, ...]) -> _Groups:
    groups: _Groups = {}
    for values, part in finest.items():
        at = zip(told, values, way, strict=True)
        group = groups.setdefault(tuple(known[value][step] for known, value, step in at), _Group())
        group.count += part.count
        group.households |= part.households
    return groups


def _rare(groups: _Groups, k: int) -> int:
    return sum(group.count for group in groups.values() if len(group.households) < k)


_ANY = Step("any", lambda value: "any")


def _time(utc_offset_min: int) -> Attribute:
    def told_as(form: str) -> Callable[[Any], str]:
        def tell(time_us: int) -> str:
            utc = datetime.fromtimestamp(time_us // 1_000_000, UTC)
            return (utc + timedelta(minutes=utc_offset_min)).strftime(form)

        return tell

    steps = (("hour", "%Y-%m-%dT%H"), ("day", "%Y-%m-%d"), ("week", "%G-W%V"))
    return Attribute("time", (*(Step(name, told_as(form)) for name, form in steps), _ANY))


def _place(parts: int) -> Callable[[Any], str]:
    return lambda place: "/".join(place.split("/")[:parts])


def _bin(width_l: int) -> Callable[[Any], str]:
    return lambda litres: f"{litres // width_l * width_l} l"


_PLACE = Attribute(
    "place",
    (Step("floor", _place(3)), Step("building", _place(2)), Step("site", _place(1)), _ANY),
)
# Each width is a multiple of the one before; a bin is told by where it begins.
_VOLUME = Attribute(
    "volume", (*(Step(f"{width} l", _bin(width)) for width in (10, 50, 250, 1000)), _ANY)
)


def of_readings(utc_offset_min: int) -> tuple[Attribute, ...]:
    """Return the attributes of what a household used: end of the interval (Unix µs), place, litres.

    Places are as in "placed" records; local time is `utc_offset_min` ahead of UTC.
    """
    return _time(utc_offset_min), _PLACE, _VOLUME


def of_passages(utc_offset_min: int) -> tuple[Attribute, ...]:
    """Return the attributes of going through a door: time (Unix µs), place.

    Door counts are how often each row of the release is there.
    """
    return _time(utc_offset_min), _PLACE
