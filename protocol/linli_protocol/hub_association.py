"""The hub's end of an association with one device: it answers joins and follows rekeys."""

from . import messages, refusals
from .association import Association, Opened
from .session import RECORD_LENGTH, Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .packet import Header
    from .types import Random, Store

# How many multiples of 2^16 above the last join counter are tried: a device's joins may have gone
# unheard for years.
JOIN_CANDIDATES = 4

# How many decryptions of join requests a device's address is worth: twenty a second, more than a
# LoRa channel carries of them (twelve at SF7), and sixty at once.
JOIN_INTERVAL_MS = 50
JOIN_BURST = 60
# Half of them are kept for requests that look like the device's next: forgers who guess join
# counters seldom hit these, and the device, trying every 15 min, takes ten days to leave them.
JOIN_NEAR = 1024
# A device that lost its store goes on 32 768 ahead at least. One whose alarm finds nobody tries to
# join every 24 s or so: 14 400 times in four days.
JOIN_ANEW = 24_576

LAST_EPOCH = 0xFFFFFF


class HubAssociation(Association):
    """Serves one device; `prefix` keeps its records apart in the hub's `store`.

    `time(now) -> (unix_s, utc_offset_min)` gives the time sent with each join. However many join
    requests come, the work they make is bounded. `term` goes with each accept, unless it is 0.
    """

    def __init__(
        self,
        root: bytes,
        device: int,
        store: "Store",
        random: "Random",
        time: "Callable[[int], tuple[int, int]]",
        prefix: str = "",
        term: int = 0,
    ) -> None:
        super().__init__(root, device, True, store, prefix)
        self.device_kind: "int | None" = None
        self._random = random
        self._time = time
        self._term = term or None
        self._answer: "bytes | None" = None
        # Decryptions to spend, in ms of waiting, as of `_saved_at`.
        self._savings_ms = JOIN_BURST * JOIN_INTERVAL_MS
        self._saved_at = 0
        saved = store.get(self._prefix + "join")
        self.last_join = int.from_bytes(saved, "big") if saved else -1
        self.current = self._saved_session("session")
        pending = self._saved_session("pending")
        self._others = [pending] if pending else []

    def next_deadline(self) -> "int | None":
        """Return 0 while an answer waits to be taken, else None: a hub acts only when asked."""
        return None if self._answer is None else 0

    def take_packet(self, now: int) -> "bytes | None":
        """Return the join accept that answers the last join request, once."""
        answer, self._answer = self._answer, None
        return answer

    def _next_epoch(self) -> int:
        # Epoch 0 tells the device that the hub knows of no session before.
        if self.current is None:
            return 0
        return self.current.epoch + 1 if self.current.epoch < LAST_EPOCH else 1

    def _saved_session(self, name: str) -> "Session | None":
        record = self._store.get(self._prefix + name)
        return self._session(record) if record and len(record) == RECORD_LENGTH else None

    def _session(self, record: bytes) -> Session:
        return Session(self._root, self.device, record, True, self._store, self._prefix)

    def _open_join(self, header: "Header", data: bytes, now: int) -> "Opened | None":
        counter = (self.last_join + 1) & ~0xFFFF | header.counter_low
        if counter <= self.last_join:
            counter += 0x10000
        reserve = 0 if counter - self.last_join <= JOIN_NEAR else JOIN_BURST // 2
        for _ in range(JOIN_CANDIDATES):
            if counter > 0xFFFFFFFF:
                break
            if not self._spend(reserve, now):
                self.refused.note(refusals.JOIN_LIMITED)
                return None
            reserve = JOIN_BURST // 2
            body = self._open_sealed_join(counter, data)
            if body is not None:
                return self._accept(counter, body, header.flags, now)
            counter += 0x10000
        self.refused.note(refusals.JOIN_REFUSED)
        return None

    def _spend(self, reserve: int, now: int) -> bool:
        """Take one decryption if more than `reserve` are left."""
        saved_ms = self._savings_ms + now - self._saved_at
        self._savings_ms = min(saved_ms, JOIN_BURST * JOIN_INTERVAL_MS)
        self._saved_at = now
        if self._savings_ms < (reserve + 1) * JOIN_INTERVAL_MS:
            return False
        self._savings_ms -= JOIN_INTERVAL_MS
        return True

    def _accept(self, counter: int, body: bytes, flags: int, now: int) -> "Opened | None":
        try:
            fields = messages.decode(messages.JOIN_REQUEST, body)
        except messages.MessageError:
            self.refused.note(refusals.MALFORMED)
            return None
        # A device that has lost its store goes on far behind the numbers it may have used.
        self.peer_began_anew = counter - self.last_join > JOIN_ANEW
        self.last_join = counter
        self._store.put(self._prefix + "join", counter.to_bytes(4, "big"))
        self.device_kind = fields["device_kind"]
        hub_nonce = self._random(messages.NONCE_LENGTH)
        epoch = self._next_epoch()
        record = epoch.to_bytes(3, "big") + fields["nonce"] + hub_nonce
        self._store.put(self._prefix + "pending", record)
        self._others = [self._session(record)]
        unix_s, utc_offset_min = self._time(now)
        accept = messages.encode(
            messages.JOIN_ACCEPT,
            {
                "nonce": hub_nonce,
                "epoch": epoch,
                "time": unix_s,
                "utc_offset_min": utc_offset_min,
                "term": self._term,
            },
        )
        self._answer = self._seal_join(messages.JOIN_ACCEPT, counter, accept)
        return Opened(messages.JOIN_REQUEST, flags, body)

    def _peer_used(self, session: Session) -> None:
        if session.epoch == self._next_epoch():
            self._store.put(self._prefix + "session", session.record)
            self._store.delete(self._prefix + "pending")
            self._others = [self.current] if self.current else []
            self.current = session
