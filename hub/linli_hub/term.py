"""The term: how often a hub has begun to serve a site, which tells who serves it now.

A hub takes the next term before it sends anything, and devices refuse what an older one sends
(docs/PROTOCOL.md, 5.8). So a hub that was replaced, and does not know it, can open nothing.
"""

from .journal import Journal

FACT = "term"
# Whoever goes on with a site from a copy does not know how many terms it lacks.
_LEAP = 65_536


def begin(journal: Journal) -> int:
    """Take the next term; it may be told once the journal's position is durable."""
    term = decoded(journal.get(FACT)) + 1
    journal.put(FACT, _encoded(term))
    return term


def beyond(fact: bytes | None) -> bytes:
    """Return a fact that no hub has come to that went on where a copy with `fact` ends."""
    return _encoded(decoded(fact) // _LEAP * _LEAP + _LEAP)


def decoded(fact: bytes | None) -> int:
    """Return the term that a fact holds; 0 without one."""
    return int.from_bytes(fact or b"", "big")


def _encoded(term: int) -> bytes:
    return term.to_bytes(4, "big")
