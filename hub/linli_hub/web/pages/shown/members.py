"""The fleet as pages show it: each device, and which versions and updates there are."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from linli_protocol import codes, words

from ....privacy.homes import Placement
from ....views.fleet import Member
from ..formats import address
from .state import is_quiet

STATES = ("all", "faulty", "quiet", "updating")
_FAILED = frozenset({codes.UPDATE_FAILED, codes.UPDATE_DAMAGED}) | frozenset(
    code for code in words.UPDATE_STATES if code >= codes.UPDATE_REFUSED_SIGNATURE
)
_UNDER_WAY = frozenset({codes.UPDATE_RECEIVING, codes.UPDATE_VERIFIED})


@dataclass(frozen=True, slots=True)
class Query:
    """Which devices are wanted: `find` in address or place, of `kind` ("": all), in a state."""

    find: str = ""
    kind: str = ""
    only: str = "all"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong since when, or happened last when."""

    name: str
    since_us: int


@dataclass(frozen=True, slots=True)
class Row:
    """A device; figures that it has not told are empty."""

    device: str
    kind: str
    place: str | None
    heard_us: int | None
    is_quiet: bool
    faults: tuple[Fault, ...]
    firmware: str
    update: str | None
    update_level: str
    progress: str
    battery: str
    boots: str
    signal: str

    @property
    def level(self) -> str:
        """How urgently it is to be looked at."""
        return "bad" if self.faults else "watch" if self.is_quiet else ""


@dataclass(frozen=True, slots=True)
class Version:
    """How many of the `of` devices of a kind, that have told, run a version."""

    kind: str
    firmware: int
    devices: int
    of: int


@dataclass(frozen=True, slots=True)
class Update:
    """How many devices are how far with an update."""

    name: str
    level: str
    devices: int


def row(member: Member, placement: Placement | None, now_us: int) -> Row:
    """Return a device as it is shown at `now_us`."""
    figures = member.figures
    state = figures.get("update_state")
    return Row(
        device=address(member.enrolment.device),
        kind=member.enrolment.kind,
        place=placement.place if placement else None,
        heard_us=member.heard_us,
        is_quiet=is_quiet(member, now_us),
        faults=tuple(Fault(*each) for each in sorted(member.faults.items())),
        firmware=str(figures.get("firmware", "")),
        update=None if state is None else words.UPDATE_STATES.get(state, str(state)),
        update_level=_level(state),
        progress=_progress(state, figures.get("update_offset")),
        battery=f"{figures['battery_mv'] / 1000:.2f} V" if "battery_mv" in figures else "",
        boots=str(figures.get("boots", "")),
        signal=f"{figures['rssi_dbm']} dBm" if "rssi_dbm" in figures else "",
    )


def rows(
    members: Iterable[Member], placed: Mapping[int, Placement], query: Query, now_us: int
) -> list[Row]:
    """Return the devices that a query asks for: faulty ones, then quiet ones, then by address."""
    found = [row(each, placed.get(each.enrolment.device), now_us) for each in members]
    return sorted(
        (each for each in found if _is_wanted(each, query)),
        key=lambda each: (("bad", "watch", "").index(each.level), each.device),
    )


def versions(members: Iterable[Member]) -> list[Version]:
    """Return which versions run, the newest of each kind first."""
    known = [each for each in members if "firmware" in each.figures]
    of = Counter(each.enrolment.kind for each in known)
    devices = Counter((each.enrolment.kind, each.figures["firmware"]) for each in known)
    return [
        Version(kind, firmware, count, of[kind])
        for (kind, firmware), count in sorted(
            devices.items(), key=lambda each: (each[0][0], -each[0][1])
        )
    ]


def updates(members: Iterable[Member]) -> list[Update]:
    """Return how far devices are that have told of an update."""
    states = Counter(
        each.figures["update_state"] for each in members if "update_state" in each.figures
    )
    return [
        Update(words.UPDATE_STATES.get(state, str(state)), _level(state), count)
        for state, count in sorted(states.items())
    ]


def _progress(state: int | None, offset: int | None) -> str:
    if state != codes.UPDATE_RECEIVING or offset is None:
        return ""
    return f"{offset / 1000:.0f} kB"


def _level(state: int | None) -> str:
    if state in _FAILED:
        return "bad"
    return "good" if state == codes.UPDATE_RUNNING else ""


def _is_wanted(each: Row, query: Query) -> bool:
    under_way = {words.UPDATE_STATES[state] for state in _UNDER_WAY}
    return (
        query.find.lower() in f"{each.device} {each.place or ''}".lower()
        and query.kind in ("", each.kind)
        and {
            "faulty": bool(each.faults),
            "quiet": each.is_quiet,
            "updating": each.update in under_way,
        }.get(query.only, True)
    )
