"""An MQTT 3.1.1 client without I/O (OASIS Standard, 29 October 2014; sections are of it).

`connect` begins a session, `feed` takes what the server sends, `take` returns what is to be sent to
it, and `tick` is called at `next_deadline()`. Sessions are clean: what the server forgets when the
connection ends is sent again by whoever needs it.

Nothing the server sends raises. What breaks the protocol, and a server that refuses or does not
answer, sets `failure`; the owner closes the connection then, and calls `connect` on the next.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    Event = tuple[int, bytes, bytes]

# What `feed` reports: (ACCEPTED, b"", b"") when the session stands, (SUBSCRIBED, b"", b"") for each
# subscription, (MESSAGE, topic, payload) for each message.
ACCEPTED = 0
SUBSCRIBED = 1
MESSAGE = 2

# Why a session failed.
MALFORMED = 1  # what came is not MQTT, or not what a server sends
REFUSED = 2  # the server does not want this client, or not this subscription
SILENT = 3  # no answer within RESPONSE_MS

# A server that does not answer a CONNECT, SUBSCRIBE or PINGREQ in this time is taken for dead;
# our own figure, which covers a slow TLS handshake.
RESPONSE_MS = 15_000

_PUBLISH = 3
# Whatever else a server sends is two or three bytes long after its header.
_MAX_ANSWER = 3

_CLEAN_SESSION = 0x02
_PASSWORD = 0x40
_USER = 0x80


def _packet(first: int, body: bytes) -> bytes:
    """Return a control packet (section 2.2) of up to 16 kB."""
    length = len(body)
    if length < 128:
        return bytes([first, length]) + body
    return bytes([first, length & 127 | 128, length >> 7]) + body


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


class MqttClient:
    """One end of a session. `max_length` bounds the packets accepted, in bytes after the header.

    Longer messages are skipped, not acknowledged, and counted in `oversize`. The server may take
    the client for gone after one and a half times `keep_alive_s` without a packet; a PINGREQ goes
    after three quarters of it without any packet one way or the other.

    `out` is what waits for `take`.
    """

    def __init__(
        self, client_id: str, user: str, password: str, keep_alive_s: int, max_length: int
    ) -> None:
        self.failure = 0
        self.oversize = 0
        flags = _CLEAN_SESSION
        payload = _string(client_id.encode())
        if user:
            flags |= _USER | _PASSWORD
            payload += _string(user.encode()) + _string(password.encode())
        head = b"\x00\x04MQTT\x04" + bytes([flags]) + keep_alive_s.to_bytes(2, "big")
        self._connect = _packet(0x10, head + payload)
        self._idle_ms = keep_alive_s * 750
        self._max_length = max_length
        self._accepted = False
        self._received = b""
        self._skip = 0
        self.out = b""
        self._number = 0
        self._heard_at = 0
        self._sent_at = 0
        # How many answers are due, and when the next at the latest.
        self._awaited = 0
        self._answer_by = 0

    def connect(self, now: int) -> None:
        """Begin a session on a new connection."""
        self.failure = 0
        self._accepted = False
        self._received = b""
        self._skip = 0
        self.out = b""
        self._awaited = 0
        self._heard_at = now
        self._send(self._connect, now)
        self._await(now)

    def subscribe(self, topic: bytes, qos: int, now: int) -> None:
        """Ask for messages of a topic, at QoS 0 or 1 (section 3.8)."""
        self._send(_packet(0x82, self._next_number() + _string(topic) + bytes([qos])), now)
        self._await(now)

    def publish(self, topic: bytes, payload: bytes, qos: int, now: int) -> None:
        """Send a message at QoS 0 or 1 (section 3.3)."""
        number = self._next_number() if qos else b""
        self._send(_packet(0x30 | qos << 1, _string(topic) + number + payload), now)

    def take(self) -> bytes:
        """Return what is to be sent to the server, and forget it here."""
        out = self.out
        self.out = b""
        return out

    def tick(self, now: int) -> None:
        """Do what is due at `now`: a PINGREQ, or giving up."""
        if self.failure:
            return
        if self._awaited:
            if now >= self._answer_by:
                self._fail(SILENT)
        elif now >= self.next_deadline():
            self._send(b"\xc0\x00", now)
            self._await(now)

    def next_deadline(self) -> int:
        """Return when `tick` is due."""
        if self._awaited:
            return self._answer_by
        return min(self._heard_at, self._sent_at) + self._idle_ms

    def feed(self, data: bytes, now: int) -> "list[Event]":
        """Take bytes from the server and return what they tell."""
        events: "list[Event]" = []
        if self.failure:
            return events
        self._heard_at = now
        self._received += data
        while not self.failure:
            packet = self._next_packet()
            if packet is None:
                break
            self._take_packet(packet[0], packet[1], events, now)
        return events

    def _next_packet(self) -> "tuple[int, bytes] | None":
        """Cut the next packet off; None when none is whole yet, or when it cannot be one."""
        while True:
            skipped = min(self._skip, len(self._received))
            self._skip -= skipped
            received = self._received = self._received[skipped:]
            # The remaining length, low seven bits first (section 2.2.3).
            length = 0
            start = 1
            while start == 1 or received[start - 1] & 128:
                if start == 5:
                    self._fail(MALFORMED)
                if len(received) <= start or self.failure:
                    return None
                length |= (received[start] & 127) << 7 * (start - 1)
                start += 1
            end = start + length
            is_message = received[0] >> 4 == _PUBLISH and self._accepted
            if length > (self._max_length if is_message else _MAX_ANSWER):
                if not is_message:
                    self._fail(MALFORMED)
                    return None
                self.oversize += 1
                self._skip = end
                continue
            if len(received) < end:
                return None
            self._received = received[end:]
            return received[0], received[start:end]

    def _take_packet(self, first: int, body: bytes, events: "list[Event]", now: int) -> None:
        if first == 0x20 and len(body) == 2 and not body[0] and not self._accepted:  # CONNACK
            if body[1]:
                self._fail(REFUSED)
                return
            self._accepted = True
            self._answered(now)
            events.append((ACCEPTED, b"", b""))
        elif not self._accepted:
            self._fail(MALFORMED)
        elif first >> 4 == _PUBLISH:
            self._take_message(first, body, events, now)
        elif first == 0x90 and len(body) == 3 and self._awaited:  # SUBACK
            if body[2] > 1:
                self._fail(REFUSED)
                return
            self._answered(now)
            events.append((SUBSCRIBED, b"", b""))
        elif first == 0xD0 and not body and self._awaited:  # PINGRESP
            self._answered(now)
        elif first != 0x40 or len(body) != 2:  # PUBACK
            self._fail(MALFORMED)

    def _take_message(self, first: int, body: bytes, events: "list[Event]", now: int) -> None:
        qos = first >> 1 & 3
        end = 2 + int.from_bytes(body[:2], "big")
        start = end + 2 if qos else end
        if qos > 1 or end == 2 or len(body) < start:
            self._fail(MALFORMED)
            return
        if qos:
            self._send(b"\x40\x02" + body[end:start], now)
        events.append((MESSAGE, body[2:end], body[start:]))

    def _next_number(self) -> bytes:
        self._number = self._number % 0xFFFF + 1
        return self._number.to_bytes(2, "big")

    def _send(self, packet: bytes, now: int) -> None:
        self.out += packet
        self._sent_at = now

    def _await(self, now: int) -> None:
        if not self._awaited:
            self._answer_by = now + RESPONSE_MS
        self._awaited += 1

    def _answered(self, now: int) -> None:
        self._awaited -= 1
        self._answer_by = now + RESPONSE_MS

    def _fail(self, reason: int) -> None:
        self.failure = reason
        self._received = b""
