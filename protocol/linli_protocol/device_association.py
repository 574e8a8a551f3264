"""The device's end of an association: it joins, resumes after a power cut, and rekeys."""

from . import messages, refusals
from .association import Association, Opened
from .counters import ReservedCounter
from .fence import Fence
from .session import RECORD_LENGTH, STATE_LENGTH, Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .packet import Header
    from .types import Random, Store

# A join attempt costs one number; a power cut costs a block of them.
JOIN_BLOCK = 8

# An accept older than this brings a stale time: somebody may have held it back.
ACCEPT_AGE_MS = 60_000

# When the session was joined (4 bytes, Unix s), and its state.
SUSPENDED_LENGTH = 4 + STATE_LENGTH

DEFAULTS = {
    # Join back-off: first, greatest; each wait is drawn from the upper half of its span.
    "join_retry_ms": 5_000,
    "join_retry_max_ms": 900_000,
    # The same while something urgent waits for a session.
    "join_retry_hurried_ms": 30_000,
    # Joins after a restart or an outage are spread over this span, so that no herd thunders.
    "join_spread_ms": 10_000,
    # Scheduled rekey: one session lasts this long at most.
    "rekey_after_ms": 30 * 86_400_000,
}


class DeviceAssociation(Association):
    """Joins the hub under the device's root key and keeps the session through power cuts.

    `on_time(unix_s, utc_offset_min, now)` is called when a join brings the time, which is late by
    `answered_in_ms` at most.
    """

    def __init__(
        self,
        root: bytes,
        device: int,
        device_kind: int,
        store: "Store",
        random: "Random",
        on_time: "Callable[[int, int, int], None]",
        config: "dict[str, int] | None" = None,
    ) -> None:
        super().__init__(root, device, False, store, "")
        # What all messages that bear a term are to pass.
        self.fence = Fence(store)
        self._device_kind = device_kind
        self._random = random
        self._on_time = on_time
        self._config = dict(DEFAULTS)
        self._config.update(config or {})
        self._join_counter = ReservedCounter(store, "join", JOIN_BLOCK)
        # Join counter, device nonce, time of sending.
        self._request: "tuple[int, bytes, int] | None" = None
        self._attempts = 0
        self._hurried = False
        self._joined_at: "int | None" = None
        self.answered_in_ms = 0
        record = store.get("session")
        if record is not None and len(record) == RECORD_LENGTH:
            self.current = Session(root, device, record, False, store, "")
        self._join_at: "int | None" = None

    def suspend(self, unix_s: int, now: int) -> "bytes | None":
        """Return what `resume` needs (20 bytes), None when a join is due or under way.

        It is good for one time, and only if nothing is sent or received after it.
        """
        if self.current is None or self._joined_at is None or self._join_at is not None:
            return None
        joined_s = max(unix_s - (now - self._joined_at) // 1000, 0)
        return joined_s.to_bytes(4, "big") + self.current.state()

    def resume(self, state: bytes, unix_s: int, now: int) -> bool:
        """Go on, before `start`, where `suspend` ended; False when that cannot be."""
        if self.current is None or len(state) != SUSPENDED_LENGTH:
            return False
        self.current.resume(state[4:])
        self._joined_at = now - (unix_s - int.from_bytes(state[:4], "big")) * 1000
        return True

    def start(self, now: int) -> None:
        """Begin operation at `now`: join, unless a session was resumed.

        Downlinks that a power cut lost would go unnoticed.
        """
        if self._joined_at is None:
            self._join_at = now + self._below(self._config["join_spread_ms"])

    def rejoin(self, now: int) -> None:
        """Replace the session: commanded, or the hub seems to have lost it."""
        if self._join_at is None:
            self._join_at = now + self._below(self._config["join_spread_ms"])

    def hurry(self, now: int) -> None:
        """Give up the spreading of the first join request, and the longer waits of the others."""
        self._hurried = True
        if self._join_at is not None:
            delay = self._config["join_retry_ms"] if self._attempts else 0
            self._join_at = min(self._join_at, now + delay)

    def next_deadline(self) -> "int | None":
        """Return when `take_packet` has something to do, in ms; None when never."""
        if self._join_at is not None:
            return self._join_at
        if self.current is not None and self.current.exhausting:
            return 0
        if self._joined_at is not None:
            return self._joined_at + self._config["rekey_after_ms"]
        return None

    def take_packet(self, now: int) -> "bytes | None":
        """Return the join request due at `now`, None when none is."""
        due = self.next_deadline()
        if due is None or due > now:
            return None
        span = self._config["join_retry_ms"] << min(self._attempts, 16)
        limit = "join_retry_hurried_ms" if self._hurried else "join_retry_max_ms"
        span = min(span, self._config[limit])
        self._join_at = now + span // 2 + self._below(span // 2)
        self._attempts += 1
        return self._seal_request(now)

    def _seal_request(self, now: int) -> "bytes | None":
        counter = self._join_counter.take()
        if counter is None:
            return None
        nonce = self._random(messages.NONCE_LENGTH)
        self._request = (counter, nonce, now)
        body = messages.encode(
            messages.JOIN_REQUEST,
            {"nonce": nonce, "device_kind": self._device_kind},
        )
        return self._seal_join(messages.JOIN_REQUEST, counter, body)

    def _open_join(self, header: "Header", data: bytes, now: int) -> "Opened | None":
        if self._request is None or header.counter_low != self._request[0] & 0xFFFF:
            self.refused.note(refusals.JOIN_REFUSED)
            return None
        counter, nonce, sent_at = self._request
        body = self._open_sealed_join(counter, data)
        if body is None or now - sent_at > ACCEPT_AGE_MS:
            self.refused.note(refusals.JOIN_REFUSED)
            return None
        try:
            fields = messages.decode(messages.JOIN_ACCEPT, body)
        except messages.MessageError:
            self.refused.note(refusals.MALFORMED)
            return None
        if not self.fence.admits(fields):
            self.refused.note(refusals.SUPERSEDED)
            return None
        self._request = None
        # The hub knows of no session before.
        self.peer_began_anew = fields["epoch"] == 0
        record = fields["epoch"].to_bytes(3, "big") + nonce + fields["nonce"]
        self._store.put("session", record)
        self._others = [self.current] if self.current else []
        self.current = Session(self._root, self.device, record, False, self._store, "")
        self._joined_at = now
        self.answered_in_ms = now - sent_at
        self._join_at = None
        self._attempts = 0
        self._hurried = False
        self._on_time(fields["time"], fields["utc_offset_min"], now)
        return Opened(messages.JOIN_ACCEPT, header.flags, body)

    def _peer_used(self, session: Session) -> None:
        """The hub may use the old session until it has heard the new one."""

    def _below(self, limit: int) -> int:
        return int.from_bytes(self._random(4), "big") % limit if limit else 0
