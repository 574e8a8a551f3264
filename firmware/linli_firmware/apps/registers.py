"""Frozen meter registers: hourly, daily and monthly totals, each a bounded log in the store.

Hours freeze at full UTC hours. Days and months freeze with the first of these at or after local
midnight, which is midnight itself wherever the offset is of whole hours, as in China.

Record, 16 bytes, most significant byte first: time u32 (Unix s of the boundary), forward volume
48 bits, reverse volume 48 bits, both totals in ml. These are the records of
codes.HOURLY_REGISTERS, DAILY_REGISTERS and MONTHLY_REGISTERS in a log chunk.

Wear: 16 bytes an hour, a day and a month.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..types import Store

HOURLY = "hourly"
DAILY = "daily"
MONTHLY = "monthly"

HOUR_S = 3600

# 90 days of hours: vendors' practice. Days and months last as long as bills are disputed.
KEPT = {HOURLY: 90 * 24, DAILY: 400, MONTHLY: 60}


class Registers:
    """Writes and reads the three logs."""

    def __init__(self, store: "Store") -> None:
        self._store = store

    def freeze(self, log: str, unix_s: int, forward_ml: int, reverse_ml: int) -> None:
        """Append the totals at a boundary; a sixteenth of the log goes when it is full."""
        volumes = (forward_ml << 48 | reverse_ml).to_bytes(12, "big")
        end = self._store.append(log, unix_s.to_bytes(4, "big") + volumes) + 1
        first = self._store.first(log)
        if end - first > KEPT[log] + KEPT[log] // 16:
            self._store.trim(log, end - KEPT[log])

    def read(self, log: str, index: int) -> "tuple[int, int, int] | None":
        """Return (time in Unix s, forward ml, reverse ml) at `index`, None when it is not kept."""
        record = self._store.read(log, index)
        if record is None:
            return None
        return (
            int.from_bytes(record[:4], "big"),
            int.from_bytes(record[4:10], "big"),
            int.from_bytes(record[10:], "big"),
        )

    def last(self, log: str) -> "tuple[int, int, int] | None":
        """Return the newest readable record of a log, None when there is none."""
        for index in range(self._store.end(log) - 1, self._store.first(log) - 1, -1):
            record = self.read(log, index)
            if record is not None:
                return record
        return None

    def since(self, log: str, index: int) -> "Iterator[tuple[int, int, int]]":
        """Yield (index, time in Unix s, forward ml) of the records kept from `index` on."""
        for each in range(max(index, self._store.first(log)), self._store.end(log)):
            record = self.read(log, each)
            if record is not None:
                yield each, record[0], record[1]

    def end_index(self, log: str) -> int:
        """Return the index the next record will get."""
        return self._store.end(log)
