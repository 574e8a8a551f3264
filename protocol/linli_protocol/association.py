"""What both ends of an association do: find the session of a packet, check it, open it."""

from . import keys, messages, packet, refusals
from .crypto import Aead

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .packet import Header
    from .session import Session
    from .types import Store


class Opened:
    """An authentic packet: its message kind, its flags and its body in clear."""

    __slots__ = ("body", "flags", "kind")

    def __init__(self, kind: int, flags: int, body: bytes) -> None:
        self.kind = kind
        self.flags = flags
        self.body = body


class Association:
    """The sessions this side shares with one device, oldest dropped first.

    `current` is the session to send under, None before the first join. Old and coming sessions
    stay open for reception while a rekey is under way. `peer_began_anew` tells of the last join
    message that the peer's store, and with it the numbers of its messages, began anew.
    """

    def __init__(self, root: bytes, device: int, is_hub: bool, store: "Store", prefix: str) -> None:
        self.device = device
        self.is_hub = is_hub
        self.refused = refusals.Refusals()
        self.current: "Session | None" = None
        self.peer_began_anew = False
        self._root = root
        self._store = store
        self._prefix = prefix
        self._others: "list[Session]" = []
        self._join_aead = Aead(keys.join_key(root))

    def _seal_join(self, kind: int, counter: int, body: bytes) -> bytes:
        direction = packet.DOWNLINK if self.is_hub else 0
        header = packet.pack_header(kind, packet.LONG | direction, self.device, 0, counter)
        nonce = keys.nonce_prefix(self.is_hub, self.device, 0) + counter.to_bytes(4, "big")
        return self._join_aead.seal(nonce, header, body, packet.LONG_TAG)

    def _open_sealed_join(self, counter: int, data: bytes) -> "bytes | None":
        nonce = keys.nonce_prefix(not self.is_hub, self.device, 0) + counter.to_bytes(4, "big")
        return self._join_aead.open(nonce, data, packet.HEADER_LENGTH, packet.LONG_TAG)

    def start(self, now: int) -> None:
        """Begin operation at `now`; a hub waits for the device."""

    def rejoin(self, now: int) -> None:
        """Replace the session; a hub can only wait for the device to do so."""

    def hurry(self, now: int) -> None:
        """Let a join that is due later begin now: something urgent waits for a session."""

    def take_packet(self, now: int) -> "bytes | None":
        """Return the join packet due at `now`, None when none is."""
        raise NotImplementedError

    def next_deadline(self) -> "int | None":
        """Return when `take_packet` has something to do, in ms; None when never."""
        raise NotImplementedError

    def seal(self, kind: int, flags: int, body: bytes) -> "bytes | None":
        """Return the sealed packet; None when there is no session, or none with counters left."""
        return self.current.seal(kind, flags, body) if self.current else None

    def open(self, data: bytes, now: int) -> "Opened | None":
        """Return the Opened packet, None when it was refused.

        Whatever the bytes are, nothing is raised; the reason of a refusal is counted in `refused`.
        """
        header = packet.parse_header(data)
        if header is None:
            self.refused.note(refusals.TRUNCATED)
            return None
        reason = self._reason_to_refuse(header, data)
        if reason is not None:
            self.refused.note(reason)
            return None
        if header.kind == messages.JOIN_REQUEST or header.kind == messages.JOIN_ACCEPT:
            return self._open_join(header, data, now)
        session = self._session_of(header.epoch_low)
        if session is None:
            self.refused.note(refusals.NO_SESSION)
            return None
        body = session.open(header, data, self.refused)
        if body is None:
            return None
        if session is not self.current:
            self._peer_used(session)
        return Opened(header.kind, header.flags, body)

    def _open_join(self, header: "Header", data: bytes, now: int) -> "Opened | None":
        raise NotImplementedError

    def _peer_used(self, session: "Session") -> None:
        """Take note that the peer sent under `session`, which is not the current one."""
        raise NotImplementedError

    def _reason_to_refuse(self, header: "Header", data: bytes) -> "int | None":
        if not packet.has_version(data):
            return refusals.WRONG_VERSION
        if bool(header.flags & packet.DOWNLINK) == self.is_hub:
            return refusals.WRONG_DIRECTION
        if header.device != self.device:
            return refusals.WRONG_DEVICE
        row = messages.CATALOGUE.get(header.kind)
        if row is not None:
            flags = row[0]
            if not flags & (messages.UP if self.is_hub else messages.DOWN):
                return refusals.WRONG_DIRECTION
            if bool(flags & messages.LONG_TAG) != bool(header.flags & packet.LONG):
                return refusals.WRONG_TAG_LENGTH
        return None

    def _session_of(self, epoch_low: int) -> "Session | None":
        if self.current is not None and self.current.epoch & 3 == epoch_low:
            return self.current
        for session in self._others:
            if session.epoch & 3 == epoch_low:
                return session
        return None
