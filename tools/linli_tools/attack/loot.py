"""What somebody who owns the line has of an end: everything that was ever sent to it or by it."""

from dataclasses import dataclass
from typing import NamedTuple

from linli_protocol import messages, packet

_JOINS = (messages.JOIN_REQUEST, messages.JOIN_ACCEPT)
_WINDOW = 64


class Heard(NamedTuple):
    """A packet on the air, sent in a session with this epoch; `arrived` tells of held ones."""

    device: int
    is_down: bool
    epoch: int
    data: bytes
    arrived: bool


@dataclass(frozen=True)
class Loot:
    """Packets for one end, by what they are to it.

    `fresh` are genuine and were held back: the end would take them. `seen` it has taken, in a
    session that is open; `late` were held back until 64 others had passed; `closed_seen` and
    `closed_held` are of sessions that are no more. `others` are for other devices, or of devices of
    another community, `own` the end's own, `joins` join messages that it has taken.
    """

    fresh: tuple[bytes, ...]
    seen: tuple[bytes, ...]
    late: tuple[bytes, ...]
    closed_seen: tuple[bytes, ...]
    closed_held: tuple[bytes, ...]
    others: tuple[bytes, ...]
    own: tuple[bytes, ...]
    joins: tuple[bytes, ...]


def loot_of(
    heard: list[Heard], device: int | None, epochs: dict[int, int], others: list[bytes]
) -> Loot:
    """Sort what was heard for the end at `device`, or for the hub if that is None.

    `epochs` are those of the devices' sessions; the ones before are open, too, for reception.
    `others` go to what is found for other devices.
    """
    sorts: dict[str, list[bytes]] = {name: [] for name in Loot.__annotations__}
    passed: dict[int, int] = {}
    is_down = device is not None
    # From the newest on: how many have passed since decides what a held one is worth.
    for each in reversed(heard):
        mine = device is None or each.device == device
        if each.is_down != is_down:
            if mine:
                sorts["own"].append(each.data)
        elif not mine:
            sorts["others"].append(each.data)
        else:
            sort = _sort_of(each, epochs[each.device], passed.get(each.device, 0))
            if sort is not None:
                sorts[sort].append(each.data)
            if each.arrived and each.epoch == epochs[each.device]:
                passed[each.device] = passed.get(each.device, 0) + 1
    sorts["others"] += others
    return Loot(**{name: tuple(reversed(found)) for name, found in sorts.items()})


def _sort_of(each: Heard, epoch: int, passed: int) -> str | None:
    if each.data[1] in _JOINS:
        return "joins" if each.arrived else "fresh"
    if each.epoch < epoch - 1:
        return "closed_seen" if each.arrived else "closed_held"
    if each.arrived:
        return "seen"
    if each.epoch != epoch:
        # It would still be taken: a delay is no forgery.
        return None
    return "late" if passed > _WINDOW else "fresh"


def is_long(data: bytes) -> bool:
    """Tell whether a packet says that its tag has 16 bytes."""
    return bool(data[0] & packet.LONG)
