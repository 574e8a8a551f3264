"""The whole state of an object and of all that it holds, to be compared with a later one."""

from collections import deque
from collections.abc import Iterator
from typing import Any

from linli_hub.core import Hub
from linli_protocol.hub_association import HubAssociation
from linli_protocol.refusals import Refusals

Snapshot = dict[str, str]
"""Where in the object something stands, and what."""

_PLAIN = (int, float, str, bytes, bytearray, type(None))

# What a refusal may change: the counts of refusals, and how many join requests are opened now.
NOT_STATE: dict[type, frozenset[str]] = {
    Refusals: frozenset({"counts"}),
    Hub: frozenset({"unknown_devices"}),
    HubAssociation: frozenset({"_savings_ms", "_saved_at"}),
}


def snapshot(subject: object) -> Snapshot:
    """Return the state of `subject`: all attributes, items and slots that lead to plain values.

    What is neither a value, a collection nor one of our objects counts by its type alone: functions
    and the keys inside ciphers, which nobody changes.
    """
    return dict(_leaves(subject, "", {}))


def differences(before: Snapshot, after: Snapshot) -> list[str]:
    """Return a line for each place where two snapshots differ."""
    places = sorted({*before, *after})
    return [
        f"{place}: {before.get(place, 'nothing')} became {after.get(place, 'nothing')}"
        for place in places
        if before.get(place) != after.get(place)
    ]


def _leaves(value: Any, place: str, known: dict[int, str]) -> Iterator[tuple[str, str]]:
    if isinstance(value, _PLAIN):
        yield place, repr(value)
        return
    if id(value) in known:
        yield place, "the same as " + known[id(value)]
        return
    known[id(value)] = place
    found = list(_parts(value))
    yield place, f"{type(value).__name__} of {len(found)}"
    for name, part in found:
        yield from _leaves(part, place + name, known)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"[{key!r}]", item
    elif isinstance(value, (list, tuple, deque)):
        for number, item in enumerate(value):
            yield f"[{number}]", item
    elif isinstance(value, (set, frozenset)):
        yield "{}", repr(sorted(value))
    elif type(value).__module__.startswith("linli_"):
        left_out = NOT_STATE.get(type(value), frozenset())
        for name in _names(value):
            if name not in left_out and hasattr(value, name):
                yield "." + name, getattr(value, name)


def _names(value: object) -> list[str]:
    names = [*getattr(value, "__dict__", {})]
    for kind in type(value).__mro__:
        slots = getattr(kind, "__slots__", ())
        names += [slots] if isinstance(slots, str) else slots
    return names
