"""A device's events: written to the store first, then sent until the hub has each of them.

The record's index in the store's log is the event's sequence number on the wire, never used twice.
Events are sent in order, a few at a time; the mark below which all are delivered is kept in the
store. A restart begins at the mark, so an event whose delivery was not yet marked goes out again
under its old sequence number, by which the hub drops it: each event counts exactly once.

A record also carries the app's state bits as they are after the event. A condition and the event
that tells of it are thereby one atomic write, and no power cut can repeat or lose its begin or end.

Record, 16 bytes, most significant byte first: time u32 (Unix s, 0 when the device had none),
subject u32, detail u32, state u16, code u8, and a byte with bit 0 set when there is a subject,
bit 1 when there is a detail. These are the records of codes.EVENT_LOG in a log chunk.

Wear: 16 bytes an event, 8 bytes for each poll that finds new deliveries.
"""

import struct

from linli_protocol import messages

from .actions import Send

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Action, Store

LOG = "events"
_MARK = "events.mark"
_RECORD = ">IIIHBB"
_SUBJECT = 1
_DETAIL = 2

# Events under way at once. Each may hold a buffer in the link: eight 40-byte packets are small.
OUTSTANDING = 8
# How far delivery may run ahead of the mark, so that the set of what was delivered stays small.
SPAN = 64
# When the link has given an event up, its own back-off has already taken minutes.
RETRY_MS = 300000


class EventLog:
    """The log and its forwarding; `state` holds the app's bits as of the last event.

    Of more than `kept` events the oldest are overwritten, a sixteenth at a time; `lost` counts
    those that had not been delivered, and those that were damaged before. Codes in `urgent` go out
    first, with messages.URGENT.
    """

    def __init__(
        self,
        store: "Store",
        actions: "list[Action]",
        kept: int,
        urgent: "tuple[int, ...]" = (),
    ) -> None:
        self._store = store
        self._actions = actions
        self._kept = kept
        self._urgent = urgent
        self._first = store.first(LOG)
        self._end = store.end(LOG)
        self.state: int = self._last_state()
        mark = store.get(_MARK)
        self._mark, self.lost = struct.unpack(">II", mark) if mark else (0, 0)
        self._mark_written = True
        self._next = self._mark
        self._hurried: "list[int]" = []
        self._outstanding: "set[int]" = set()
        self._failed: "set[int]" = set()
        self._delivered: "set[int]" = set()
        self._overwrite()

    def append(
        self,
        code: int,
        unix_s: int,
        subject: "int | None" = None,
        detail: "int | None" = None,
        state: "int | None" = None,
    ) -> int:
        """Write an event, durable on return, and return its sequence number.

        `state` becomes the log's state; None leaves it as it is.
        """
        if state is None:
            state = self.state
        present = (_SUBJECT if subject is not None else 0) | (_DETAIL if detail is not None else 0)
        record = struct.pack(_RECORD, unix_s, subject or 0, detail or 0, state, code, present)
        index = self._store.append(LOG, record)
        self.state = state
        self._end = index + 1
        if code in self._urgent:
            self._hurried.append(index)
        if self._end - self._first > self._kept:
            self._store.trim(LOG, self._first + self._kept // 16 + 1)
            self._first = self._store.first(LOG)
            self._overwrite()
        return index

    def forward(self) -> None:
        """Queue what may be sent now and write the mark if it has moved."""
        for index in self._hurried:
            if len(self._outstanding) < 2 * OUTSTANDING:
                self._send(index)
        self._hurried.clear()
        while (
            self._next < self._end
            and self._next < self._mark + SPAN
            and len(self._outstanding) + len(self._failed) < OUTSTANDING
        ):
            index = self._next
            self._next += 1
            self._send(index)
        if not self._mark_written:
            self._store.put(_MARK, struct.pack(">II", self._mark, self.lost))
            self._mark_written = True

    def on_outcome(self, sequence: int, delivered: bool) -> bool:
        """Take what became of a Send; return True when `retry` is wanted in RETRY_MS."""
        if sequence not in self._outstanding:
            return False
        self._outstanding.remove(sequence)
        if not delivered:
            self._failed.add(sequence)
            return True
        self._settle(sequence)
        return False

    def retry(self) -> None:
        """Queue again what the link has given up."""
        failed = sorted(self._failed)
        self._failed.clear()
        for index in failed:
            self._send(index)

    def _send(self, index: int) -> None:
        if index < self._mark or index in self._delivered:
            return
        if index in self._outstanding or index in self._failed:
            return
        record = self._store.read(LOG, index)
        if record is None:
            # Damaged: it must not hold up those behind it.
            self.lost += 1
            self._settle(index)
            return
        unix_s, subject, detail, _, code, present = struct.unpack(_RECORD, record)
        fields = {"sequence": index, "time": unix_s, "code": code}
        if present & _SUBJECT:
            fields["subject"] = subject
        if present & _DETAIL:
            fields["detail"] = detail
        self._outstanding.add(index)
        priority = messages.URGENT if code in self._urgent else None
        self._actions.append(Send(messages.EVENT, fields, priority, index))

    def _settle(self, index: int) -> None:
        self._delivered.add(index)
        while self._mark in self._delivered:
            self._delivered.remove(self._mark)
            self._mark += 1
            self._mark_written = False
        self._next = max(self._next, self._mark)

    def _last_state(self) -> int:
        for index in range(self._end - 1, self._first - 1, -1):
            record = self._store.read(LOG, index)
            if record is not None:
                state: int = struct.unpack(_RECORD, record)[3]
                return state
        return 0

    def _overwrite(self) -> None:
        if self._mark >= self._first:
            return
        self.lost += self._first - self._mark
        for index in range(self._mark, self._first):
            if index in self._delivered:
                self._delivered.remove(index)
                self.lost -= 1
            self._outstanding.discard(index)
            self._failed.discard(index)
        self._mark = self._first
        self._next = max(self._next, self._mark)
        self._mark_written = False
