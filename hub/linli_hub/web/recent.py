"""The notices of the newest rows, for followers that keep up: the log need not be read for them."""

import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence
from itertools import takewhile

from ..log import Row
from ..projections import DESTRUCTIONS
from ..projections.event import events
from ..storage import Transaction
from ..vault import Vault
from .notices import Kind, Notice, notice

# Ten seconds of 5 000 rows/s, in some 8 MB while somebody follows.
_MOST = 50_000


class Recent:
    """Hears of rows from the journal; keeps their notices as long as `is_followed` says so."""

    def __init__(self, vault: Vault, is_followed: Callable[[], bool]) -> None:
        self._vault = vault
        self._is_followed = is_followed
        self._lock = threading.Lock()
        self._notices: deque[Notice] = deque()
        # All rows above this one have their notices here.
        self._after: int | None = None

    def apply(self, transaction: Transaction, rows: Sequence[Row]) -> None:
        """Hear of rows that are about to be committed; see `journal.Projection`."""
        if not rows:
            return
        found: list[Notice] = []
        after = None
        if self._is_followed():
            for event in events(rows, self._vault):
                if event.kind in DESTRUCTIONS:
                    # What was destroyed may be among those before.
                    found, after = [], event.number
                told = notice(event)
                if told is not None:
                    found.append(told)
        else:
            after = rows[-1].number
        with self._lock:
            if after is not None or self._after is None:
                self._notices.clear()
                self._after = rows[0].number - 1 if after is None else after
            # What was committed in vain comes again.
            while self._notices and self._notices[-1].row >= rows[0].number:
                self._notices.pop()
            self._notices.extend(found)
            while len(self._notices) > _MOST:
                self._after = self._notices.popleft().row

    def since(self, after: int, head: int, kinds: Collection[Kind]) -> list[Notice] | None:
        """Return the notices of `kinds` above the row `after`, up to `head`.

        None: not all of them are here.
        """
        with self._lock:
            if self._after is None or after < self._after:
                return None
            found = list(takewhile(lambda each: each.row > after, reversed(self._notices)))
        return [each for each in reversed(found) if each.row <= head and each.kind in kinds]
