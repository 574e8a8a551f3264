"""An uplink's place in the log: what has gone, what goes next, what is given up.

The log is the queue, so nothing is copied, and what an uplink has not taken waits on disk as long
as the log does. Every row goes at least once; its number tells a second time from the first.

Alarms go before all else, the newest first. All other rows go in the log's order, unless so many
wait when the uplink returns that what happens now would wait behind them: then the rows from now on
and the backlog take turns, each in its own order.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from ..journal import Journal
from ..log import Record, Row
from ..projections import Event
from . import aside
from .gaps import Gaps
from .reading import LogReader
from .selection import GIVEN_UP

Deliver = Callable[[Sequence[Event], bool], Awaitable[None]]
"""Takes rows, and whether they are of a backlog; returns when they have arrived.

After any error all of them come again.
"""

_T = TypeVar("_T")

# Rows in one delivery: an alarm waits for one at most.
_BATCH = 100
# Rows that may wait before those from now on go beside them.
_PATIENCE = 1000
# Returns that leave a backlog of their own; after that, rows wait in order.
_MOST_GAPS = 16
_LOOK_S = 1.0
_SAVE_S = 1.0


@dataclass(frozen=True)
class Limits:
    """How many rows may wait, and how fast a backlog goes, so that catching up slows nothing."""

    waiting_rows: int = 20_000_000
    backlog_rows_s: float = 1000.0


class Forwarder:
    """Sends the log up under `name`, by which `journal` keeps what has gone.

    A new name begins at the log's end, with `history` at its beginning. `sent` and `given_up` count
    rows since the start.
    """

    def __init__(
        self,
        name: str,
        journal: Journal,
        reader: LogReader,
        unix_us: Callable[[], int],
        limits: Limits = Limits(),
        history: bool = False,
    ) -> None:
        self.sent = 0
        self.given_up = 0
        self._name = name
        self._journal = journal
        self._reader = reader
        self._unix_us = unix_us
        self._limits = limits
        start = Gaps.after(0 if history else journal.head.number).encode()
        self._rows = Gaps.decode(journal.get(self._fact("rows")) or start)
        self._alarms = Gaps.decode(journal.get(self._fact("alarms")) or start)
        # Numbers of alarms put aside, in order.
        self._aside: list[int] = json.loads(journal.get(self._fact("aside")) or b"[]")
        self._awake = asyncio.Event()
        self._backlog_at = 0.0
        self._saved_at = 0.0
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=f"northbound {name}")
        self._save()

    @property
    def waiting(self) -> int:
        """How many rows of the log have not gone; not all of them may be wanted."""
        return self._rows.waiting(self._journal.head.number)

    @property
    def needed_from(self) -> int:
        """The first row that still has to be in the log."""
        head = self._journal.head.number
        return min(
            first
            for gaps in (self._rows, self._alarms)
            for first in [head + 1, *(first for first, _ in gaps.newest_first(head))]
        )

    def wake(self) -> None:
        """Look for new rows now; for the event loop's thread."""
        self._awake.set()

    async def blocking(self, work: Callable[[], _T]) -> _T:
        """Do `work` in the uplink's own thread, where reading the database may take its time."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def close(self) -> None:
        """End the uplink's thread."""
        self._executor.shutdown()

    async def run(self, deliver: Deliver) -> None:
        """Send until cancelled, or until `deliver` or the database fails."""
        self._part_from_backlog()
        try:
            while True:
                self._awake.clear()
                await self.keep_within_limits()
                busy = await self._send_alarms(deliver)
                busy |= await self._send_newest(deliver)
                busy |= await self._send_alarms(deliver)
                busy |= await self._send_backlog(deliver)
                if time.monotonic() - self._saved_at >= _SAVE_S:
                    self._save()
                if not busy:
                    await self._rest()
        finally:
            self._save()

    async def keep_within_limits(self) -> None:
        """Give up the oldest rows of too many, say so in the log, and put their alarms aside."""
        excess = self.waiting - self._limits.waiting_rows
        if excess <= 0:
            return
        # A little more, so that not every further row is an occasion of its own.
        excess = min(excess + self._limits.waiting_rows // 100, self.waiting)
        first, _ = self._rows.oldest
        last = self._rows.nth(excess)
        alarms: list[Row] = []
        for part in self._alarms.newest_first(last):
            alarms += await self.blocking(partial(self._reader.sealed_alarms, *part))
        body = json.dumps({"uplink": self._name, "first": first, "last": last}).encode()
        with self._journal.together():
            for row in alarms:
                self._journal.put(self._fact(f"aside/{row.number}"), aside.encode(row.record))
            self._aside = sorted([*self._aside, *(row.number for row in alarms)])
            self._rows.take(first, last)
            self._alarms.take(1, last)
            self._save()
            self._journal.add(Record(self._unix_us(), GIVEN_UP, 0, 0, body))
        self.given_up += excess

    def _part_from_backlog(self) -> None:
        head = self._journal.head.number
        first, _ = self._rows.newest
        if head - first >= _PATIENCE and len(self._rows) < _MOST_GAPS:
            self._rows.split(head)

    async def _send_alarms(self, deliver: Deliver) -> bool:
        """Send all alarms that wait, the newest first; tell whether there were any."""
        sent = self.sent
        while True:
            if parts := self._alarms.newest_first(self._journal.head.number):
                first, last = parts[0]
                read = partial(self._reader.alarms, first, last, _BATCH)
                found, complete = await self.blocking(read)
                await self._hand_over(deliver, found)
                self._alarms.take(complete, last)
            elif self._aside:
                await self._send_aside(deliver)
            else:
                return self.sent != sent

    async def _send_aside(self, deliver: Deliver) -> None:
        number = self._aside[-1]
        fact = self._fact(f"aside/{number}")
        text = self._journal.get(fact)
        if text is not None:
            await self._hand_over(deliver, self._reader.opened(number, aside.decode(text)))
        self._aside.pop()
        with self._journal.together():
            self._save()
            self._journal.delete(fact)

    async def _send_newest(self, deliver: Deliver) -> bool:
        """Send what is next of the rows from now on; tell whether there was anything."""
        first, _ = self._rows.newest
        last = self._journal.head.number
        return first <= last and await self._send_rows(deliver, first, last, False) >= 0

    async def _send_backlog(self, deliver: Deliver) -> bool:
        """Send what is next of the backlog, if its time has come; tell whether that was so."""
        now = time.monotonic()
        if len(self._rows) == 1 or now < self._backlog_at:
            return False
        first, last = self._rows.oldest
        count = await self._send_rows(deliver, first, last, True)
        self._backlog_at = now + count / self._limits.backlog_rows_s
        return True

    async def _send_rows(self, deliver: Deliver, first: int, last: int, late: bool) -> int:
        read = partial(self._reader.page, first, last, _BATCH)
        found, complete = await self.blocking(read)
        await self._hand_over(deliver, found, late)
        self._rows.take(first, complete)
        return len(found)

    async def _hand_over(
        self, deliver: Deliver, events: Sequence[Event], late: bool = False
    ) -> None:
        if events:
            await deliver(events, late)
            self.sent += len(events)

    async def _rest(self) -> None:
        wait_s = _LOOK_S
        if len(self._rows) > 1:
            wait_s = min(wait_s, self._backlog_at - time.monotonic())
        with suppress(TimeoutError):
            async with asyncio.timeout(max(wait_s, 0)):
                await self._awake.wait()

    def _save(self) -> None:
        self._saved_at = time.monotonic()
        texts = {
            "rows": self._rows.encode(),
            "alarms": self._alarms.encode(),
            "aside": json.dumps(self._aside).encode(),
        }
        with self._journal.together():
            for what, text in texts.items():
                if self._journal.get(self._fact(what)) != text:
                    self._journal.put(self._fact(what), text)

    def _fact(self, what: str) -> str:
        return f"northbound/{self._name}/{what}"
