"""Opens what two others send each other: follows their joins, holding the keys but taking no part.

Unlike an association it keeps every session it has seen, accepts any order and repetition, and says
why a packet stays closed instead of counting a reason.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from linli_protocol import keys, messages, packet
from linli_protocol.counters import restore
from linli_protocol.crypto import Aead
from linli_protocol.hub_association import JOIN_CANDIDATES

_PERIOD = 0x10000


class StaysClosed(Exception):
    """A packet that cannot be opened; `is_fault` tells damage or a wrong key from a missing one."""

    def __init__(self, reason: str, is_fault: bool) -> None:
        super().__init__(reason)
        self.is_fault = is_fault


@dataclass(frozen=True, slots=True)
class Opened:
    """A body in clear, the whole counter and epoch behind it (None in a join)."""

    body: bytes
    counter: int
    epoch: int | None
    repeated: bool


class OverheardSession:
    """One session's keys, either of which may be unknown, and the counters seen under each."""

    def __init__(self, epoch: int, up: bytes | None, down: bytes | None) -> None:
        self.epoch = epoch
        self._aeads = [Aead(key) if key else None for key in (up, down)]
        self._seen: tuple[set[int], set[int]] = (set(), set())
        self._highest = [-1, -1]

    def open(self, header: Any, data: bytes) -> Opened:
        """Return the Opened packet with this `header`; StaysClosed when it does not open."""
        downlink = bool(header.flags & packet.DOWNLINK)
        aead, seen = self._aeads[downlink], self._seen[downlink]
        if aead is None:
            way = "downlink" if downlink else "uplink"
            raise StaysClosed(f"no {way} key of epoch {self.epoch} was given", False)
        prefix = keys.nonce_prefix(downlink, header.device, self.epoch)
        first = restore(header.counter_low, 16, self._highest[downlink])
        found = _try(aead, prefix, first, data, header.tag_length)
        if found is None:
            raise StaysClosed(
                f"the tag does not fit under epoch {self.epoch} and counter {first} (nor the next "
                f"{JOIN_CANDIDATES - 1} with the same low half): damaged, forged, or a wrong key",
                True,
            )
        counter, body = found
        repeated = counter in seen
        seen.add(counter)
        self._highest[downlink] = max(counter, self._highest[downlink])
        return Opened(body, counter, self.epoch, repeated)


def _try(
    aead: Aead, prefix: bytes, first: int, data: bytes, tag_length: int
) -> tuple[int, bytes] | None:
    """Return (counter, body) for the first fitting one of counters that differ in the high half."""
    for counter in range(first, min(first + JOIN_CANDIDATES * _PERIOD, 1 << 32), _PERIOD):
        nonce = prefix + counter.to_bytes(4, "big")
        body = aead.open(nonce, data, packet.HEADER_LENGTH, tag_length)
        if body is not None:
            return counter, body
    return None


class Listener:
    """Sessions by device; `root_of(address)` returns a device's root key, None when unknown."""

    def __init__(self, root_of: Callable[[int], bytes | None]) -> None:
        self._root_of = root_of
        self._given: list[OverheardSession] = []
        self._sessions: dict[int, list[OverheardSession]] = {}
        # Nonces of overheard join requests, by device and counter.
        self._requests: dict[tuple[int, int], bytes] = {}

    def give(self, session: OverheardSession) -> None:
        """Use `session` for every device, as if its join had been overheard."""
        self._given.append(session)

    def give_record(self, device: int, epoch: int, device_nonce: bytes, hub_nonce: bytes) -> None:
        """Use the session of `device` that these values of its join agree on."""
        root = self._root_of(device)
        if root is None:
            raise StaysClosed("a session's nonces need the device key or community key", False)
        up, down = keys.session_keys(root, device_nonce, hub_nonce, epoch)
        self._sessions.setdefault(device, []).append(OverheardSession(epoch, up, down))

    def open(self, header: Any, data: bytes) -> Opened:
        """Return the Opened packet with this `header`; StaysClosed when it does not open."""
        if header.kind in (messages.JOIN_REQUEST, messages.JOIN_ACCEPT):
            return self._open_join(header, data)
        sessions = self._given + self._sessions.get(header.device, [])
        # The newest first: epochs repeat in their low bits.
        for session in reversed(sessions):
            if session.epoch & 3 == header.epoch_low:
                return session.open(header, data)
        if self._root_of(header.device) is None and not sessions:
            raise StaysClosed("sealed; give a key to open it", False)
        raise StaysClosed(
            f"no session with epoch bits {header.epoch_low} is known: its join is not among the "
            "packets before this one",
            False,
        )

    def _open_join(self, header: Any, data: bytes) -> Opened:
        root = self._root_of(header.device)
        if root is None:
            raise StaysClosed("sealed; give the device key or the community key to open it", False)
        downlink = header.kind == messages.JOIN_ACCEPT
        prefix = keys.nonce_prefix(downlink, header.device, 0)
        aead = Aead(keys.join_key(root))
        found = _try(aead, prefix, header.counter_low, data, header.tag_length)
        if found is None:
            raise StaysClosed("the tag does not fit: damaged, forged, or a wrong key", True)
        counter, body = found
        self._learn(header.device, counter, downlink, body)
        return Opened(body, counter, None, False)

    def _learn(self, device: int, counter: int, downlink: bool, body: bytes) -> None:
        """Keep a join request's nonce; with an accept that answers one, the session is known."""
        kind = messages.JOIN_ACCEPT if downlink else messages.JOIN_REQUEST
        try:
            fields = messages.decode(kind, body)
        except messages.MessageError:
            return
        if not downlink:
            self._requests[device, counter] = fields["nonce"]
        elif (device, counter) in self._requests:
            request = self._requests[device, counter]
            self.give_record(device, fields["epoch"], request, fields["nonce"])
