"""Answers a log request with log chunks, one at a time, each after the one before has arrived."""

from linli_protocol import messages

from .actions import Send

TYPE_CHECKING = False
if TYPE_CHECKING:
    from linli_protocol.types import Fields

    from .types import Action, Store

# The token of a chunk's Send; events use their sequence numbers, which are never negative.
TOKEN = -1
# Sixteen registers: some five fragments on LoRa, so that a chunk never holds the channel for long.
CHUNK_BYTES = 256


class LogTransfer:
    """One transfer at a time out of `logs` (wire code: the store's log); a new request replaces it.

    A request begins no earlier than the oldest record kept; one for which no record is kept is
    answered with an empty chunk, so that the hub knows. A damaged record is left out: a chunk ends
    before it, the next begins behind it. A chunk that could not be delivered ends
    the transfer, and the hub asks again.
    """

    def __init__(self, store: "Store", actions: "list[Action]", logs: "dict[int, str]") -> None:
        self._store = store
        self._actions = actions
        self._logs = logs
        self._code = 0
        self._next = 0
        self._end = 0
        self._under_way = False

    def request(self, fields: "Fields") -> None:
        """Start on a LOG_REQUEST; a log that the device does not have is ignored."""
        log = self._logs.get(fields["log"])
        if log is None:
            return
        self._code = fields["log"]
        self._next = max(fields["first"], self._store.first(log))
        self._end = min(fields["first"] + fields["count"], self._store.end(log))
        if not self._under_way:
            self._send()

    def on_outcome(self, delivered: bool) -> None:
        """Go on after a chunk that has arrived."""
        self._under_way = False
        if delivered and self._next < self._end:
            self._send()

    def _send(self) -> None:
        log = self._logs[self._code]
        first = max(self._next, self._store.first(log))
        records = b""
        index = first
        while index < self._end:
            record = self._store.read(log, index)
            if record is None:
                if records:
                    break
                first = index + 1
            elif len(records) + len(record) > CHUNK_BYTES:
                break
            else:
                records += record
            index += 1
        self._next = index
        self._under_way = True
        fields = {"log": self._code, "first": first, "records": records}
        self._actions.append(Send(messages.LOG_CHUNK, fields, None, TOKEN))
