"""Erasure of a household on its request: its data go, the trail of who did what stays.

What was sealed under its keys can be read no more, in the log, its archives and its backups; the
tables give up their rows (see `projections.erased`). The log's chain stays whole, and an "erasure"
record in it has `household`, `keys` (the numbers destroyed), `by` and `reason`.
"""

import json

from ..journal import Journal
from ..log import Record
from ..projections import ERASURE
from ..vault import Vault
from . import subjects
from .consent import Consents
from .homes import Homes


def subjects_of(household: int, homes: Homes) -> list[str]:
    """Return under whose keys there may be data of a household.

    Beside its own these are those of its devices, from before they were known to be there, and of
    its cards' holders.
    """
    own = [subjects.of_household(household)]
    own += map(subjects.of_device, homes.devices(household))
    own += map(subjects.of_holder, homes.holders(household))
    return [name for each in own for name in (each, subjects.of_health(each))]


def erase(
    household: int,
    by: str,
    reason: str,
    time_us: int,
    journal: Journal,
    vault: Vault,
    homes: Homes,
    consents: Consents,
) -> int:
    """Erase what is known of a household; return the journal's position at which it is durable.

    Only then, `Database.scrub` takes what was deleted out of the database's files. What comes later
    is a new household's: it has no consents, and keys of its own.
    """
    with journal.together():
        body = {
            "household": household,
            "keys": [key for each in subjects_of(household, homes) for key in vault.erase(each)],
            "by": by,
            "reason": reason,
        }
        position = journal.add(Record(time_us, ERASURE, 0, 0, json.dumps(body).encode()))
    homes.take(ERASURE, body)
    consents.take(ERASURE, body)
    return position
