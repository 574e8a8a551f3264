"""Retirement: what is past its term goes with the keys that it was sealed under.

As after an erasure, it can be read no more in the log, its archives and its backups; the tables
give up their rows; the log's chain stays whole, and a "retirement" record in it has `keys`, the
numbers of those destroyed. What tells of nobody is not sealed, and stays.
"""

import json

from .. import key_terms
from ..journal import Journal
from ..key_terms import Overdue
from ..log import Record
from ..projections import RETIREMENT
from ..vault import Vault
from .subjects import is_of_health
from .terms import BILLING, INCIDENTS

SWEPT = "retirement/swept"
"""The fact that says when what is past its term was last looked for: Unix µs in 8 bytes."""

KEYS_AT_ONCE = 4
"""Keys to destroy in one transaction: one may take thousands of rows of tables along."""
# Where hubs had the one key of a subject before keys had terms.
_OLDER = "vault/subject/"


def overdue(journal: Journal, now_us: int) -> list[list[Overdue]]:
    """Return the keys that are past their terms, as many at once as `retire` takes.

    From any thread.
    """
    keys = key_terms.overdue(journal.facts(key_terms.RINGS), now_us)
    return [keys[at : at + KEYS_AT_ONCE] for at in range(0, len(keys), KEYS_AT_ONCE)]


def record_of(keys: list[Overdue], time_us: int) -> Record:
    """Return the record that tells of the end of `keys`."""
    body = {"keys": [key.number for key in keys]}
    return Record(time_us, RETIREMENT, 0, 0, json.dumps(body, separators=(",", ":")).encode())


def retire(keys: list[Overdue], time_us: int, journal: Journal, vault: Vault) -> int:
    """Destroy `keys`, which are past their terms; return the position at which that is durable."""
    with journal.together():
        vault.destroy(keys)
        return journal.add(record_of(keys, time_us))


def swept(journal: Journal) -> int | None:
    """Return when what is past its term was last looked for, Unix µs; None: never."""
    fact = journal.get(SWEPT)
    return int.from_bytes(fact, "big") if fact is not None else None


def sweep_done(journal: Journal, time_us: int) -> None:
    """Write down that all that was past its term at `time_us` is retired."""
    journal.put(SWEPT, time_us.to_bytes(8, "big"))


def adopt_older_keys(journal: Journal, last_us: int) -> bool:
    """Give the keys of a hub from before keys had terms one each; tell whether there were any.

    Such a key has sealed all of a subject until `last_us`, so it stays for the longest term.
    """
    older = journal.facts(_OLDER)
    with journal.together():
        for name, number in older.items():
            subject = name.removeprefix(_OLDER)
            longest = INCIDENTS if is_of_health(subject) else BILLING
            slot = key_terms.slot(longest.days, last_us)
            ring = key_terms.encode({slot: int.from_bytes(number, "big")})
            journal.put(key_terms.ring_fact(subject), ring)
            journal.delete(name)
    return bool(older)
