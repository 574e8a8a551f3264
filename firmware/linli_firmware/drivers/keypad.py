"""Keypad matrix: one key at a time, once its contact has been steady.

Three keys pressed in a matrix without diodes can close a fourth crossing (a ghost key), two cannot.
So no key counts while more than one crossing is closed, and nothing is repeated when the others are
let go. A key pressed before the last one is released counts when it is left alone, which is what
fast typing needs. There is no n-key roll-over: nobody enters a PIN in chords.
"""

from ..apps.entry import CLEAR, ENTER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .types import InputPin, OnNumber, OutputPin

# Source of both: our defaults. Contacts of keypads bounce for 5 to 10 ms.
SCAN_MS = 10
STEADY_MS = 20

PHONE = (1, 2, 3, 4, 5, 6, 7, 8, 9, CLEAR, 0, ENTER)
"""The keys of 4 rows by 3 columns, row by row."""

_NONE = -1
_MANY = -2


class Keypad:
    """A matrix of row outputs and column inputs; a key joins a row and a column.

    Rows are open-drain or have a resistor each, for two keys can join two of them. `keys` numbers
    the crossings row by row as `apps.entry` does; `on_key(key, now)` is called once a press.
    `counts`: "chords", the times that more than one crossing was closed.
    """

    def __init__(
        self,
        rows: "Sequence[OutputPin]",
        columns: "Sequence[InputPin]",
        on_key: "OnNumber",
        keys: "Sequence[int]" = PHONE,
        steady_ms: int = STEADY_MS,
    ) -> None:
        self.counts = {"chords": 0}
        self._rows = rows
        self._columns = columns
        self._on_key = on_key
        self._keys = keys
        self._steady_ms = steady_ms
        self._scan_at = 0
        self._seen = self._held = _NONE
        self._seen_at = 0

    def poll(self, now: int) -> None:
        """Scan the matrix if it is time; report a key that has become steady."""
        if now < self._scan_at:
            return
        self._scan_at = now + SCAN_MS
        down = self._scan()
        if down != self._seen:
            self._seen = down
            self._seen_at = now
            self.counts["chords"] += down == _MANY
        elif down not in (_MANY, self._held) and now - self._seen_at >= self._steady_ms:
            self._held = down
            if down != _NONE:
                self._on_key(self._keys[down], now)

    def next_deadline(self) -> int:
        """Return when the next scan is due."""
        return self._scan_at

    def _scan(self) -> int:
        """Return the crossing that is closed, _NONE or _MANY."""
        down = _NONE
        crossing = 0
        for row in self._rows:
            row.value(1)
            for column in self._columns:
                if column.value():
                    down = crossing if down == _NONE else _MANY
                crossing += 1
            row.value(0)
        return down
