"""The site at a glance: figures, troubles, kinds of devices, and when devices were heard last."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ....desk import SiteState
from ....desk.overview import QUIET_US
from ....views.fleet import Member

_HOURS = 24
_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure; `note` is a text with `fields`, `level` "", "watch" or "bad"."""

    name: str
    value: str
    path: str
    level: str = ""
    note: str = ""
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kind:
    """How the devices of one kind are."""

    name: str
    devices: int
    heard: int
    faulty: int


@dataclass(frozen=True, slots=True)
class Hour:
    """How many devices were heard last in an hour."""

    begin_s: int
    devices: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """What does not work, and why."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Glance:
    """What the overview shows."""

    tiles: tuple[Tile, ...]
    troubles: tuple[Trouble, ...]
    kinds: tuple[Kind, ...]
    recently: tuple[Hour, ...]


def glance(state: SiteState, members: Sequence[Member]) -> Glance:
    """Return what the overview shows of a site and its devices."""
    return Glance(
        tuple(_tiles(state)),
        tuple(Trouble(name, text) for name, text in state.troubles.items()),
        tuple(_kinds(members, state.time_us)),
        tuple(_recently(members, state.time_us)),
    )


def is_quiet(member: Member, now_us: int) -> bool:
    """Tell whether nothing came of a device for longer than there should."""
    return member.heard_us is None or now_us - member.heard_us > QUIET_US


def _tiles(state: SiteState) -> list[Tile]:
    devices = sum(state.devices.values())
    quiet = devices - state.heard
    tiles = []
    if state.open_incidents is not None:
        level = "bad" if state.open_incidents else ""
        tiles.append(Tile("open_incidents", str(state.open_incidents), "/incidents", level))
    if state.waiting_proposals is not None:
        level = "watch" if state.waiting_proposals else ""
        tiles.append(Tile("waiting", str(state.waiting_proposals), "/proposals", level))
    return [
        *tiles,
        Tile("heard_now", str(state.heard), "/fleet", "", "of_devices", {"n": devices}),
        Tile("quiet", str(quiet), "/fleet?only=quiet", "watch" if quiet else "", "quiet_note"),
        Tile("faults", str(state.faulty), "/fleet?only=faulty", "watch" if state.faulty else ""),
    ]


def _kinds(members: Sequence[Member], now_us: int) -> list[Kind]:
    by_kind: dict[str, list[Member]] = {}
    for member in members:
        by_kind.setdefault(member.enrolment.kind, []).append(member)
    return [
        Kind(
            name,
            len(of),
            sum(not is_quiet(each, now_us) for each in of),
            sum(bool(each.faults) for each in of),
        )
        for name, of in sorted(by_kind.items())
    ]


def _recently(members: Sequence[Member], now_us: int) -> list[Hour]:
    this_hour = now_us // 1_000_000 // _HOUR_S
    heard = Counter(
        each.heard_us // 1_000_000 // _HOUR_S for each in members if each.heard_us is not None
    )
    hours = range(this_hour - _HOURS + 1, this_hour + 1)
    return [Hour(hour * _HOUR_S, heard[hour]) for hour in hours]
