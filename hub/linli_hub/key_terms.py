"""Which data key is for what, and when it is past its term.

What is sealed for a subject may be kept for some days. A key seals what may be kept for the same
number of days and was written down in the same period, which is a twelfth of that time: destroyed
when the last of it is past its term, it takes nothing along that may still be kept, and what is
the oldest of it was kept a twelfth too long at most.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import NamedTuple

FOR_EVER = 0
"""Days to keep what has no term: until it is erased."""

RINGS = "vault/keys/"
"""What the names of rings begin with: a ring is a fact that has the numbers of a subject's keys."""
_KEYS = "vault/key/"
_DAY_US = 86_400_000_000
_PARTS = 12
_ENTRY = struct.Struct(">HII")


class Slot(NamedTuple):
    """What one key of a subject is for: `period` counts from the beginning of Unix time."""

    days: int
    period: int

    @property
    def end_us(self) -> int:
        """When the last that it can seal is past its term, in Unix µs."""
        return (self.period + 1) * _period_us(self.days) + self.days * _DAY_US


Ring = dict[Slot, int]
"""The numbers of a subject's keys."""


class Overdue(NamedTuple):
    """A key that is past its term, and whose it is."""

    subject: str
    number: int


def slot(days: int, time_us: int) -> Slot:
    """Return what key seals that which is written down at `time_us` and kept for `days`."""
    return Slot(days, max(time_us, 0) // _period_us(days)) if days else Slot(FOR_EVER, 0)


def _period_us(days: int) -> int:
    return max(days // _PARTS, 1) * _DAY_US


def key_fact(number: int) -> str:
    """Return the name of the fact that has a key."""
    return f"{_KEYS}{number}"


def ring_fact(subject: str) -> str:
    """Return the name of the fact that has a subject's ring."""
    return RINGS + subject


def encode(ring: Ring) -> bytes:
    """Return a ring as a fact has it: days (2 bytes), period (4) and number (4) of each key."""
    return b"".join(_ENTRY.pack(*slot, number) for slot, number in ring.items())


def decode(fact: bytes | None) -> Ring:
    """Return the ring in a fact; an empty one when there is none."""
    return {Slot(days, period): number for days, period, number in _ENTRY.iter_unpack(fact or b"")}


def overdue(rings: Mapping[str, bytes], now_us: int) -> list[Overdue]:
    """Return the keys of `rings`, facts by their names, that are past their terms."""
    return [
        Overdue(name.removeprefix(RINGS), number)
        for name, fact in rings.items()
        if name.startswith(RINGS)
        for slot, number in decode(fact).items()
        if slot.days and slot.end_us <= now_us
    ]


def retired(facts: Mapping[str, bytes], keys: Sequence[Overdue]) -> dict[str, bytes | None]:
    """Return the changes to `facts` that destroy `keys`; None: the fact goes."""
    changes: dict[str, bytes | None] = {}
    for subject, number in keys:
        name = ring_fact(subject)
        ring = decode(changes.get(name, facts.get(name)))
        changes[name] = encode({slot: each for slot, each in ring.items() if each != number})
        changes[key_fact(number)] = None
    return {name: content or None for name, content in changes.items()}
