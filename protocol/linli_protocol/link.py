"""Reliable, prioritised delivery over any set of bearers, for one device or the hub's end of it.

Sans-IO: `receive` takes packets, `poll` returns the packets to transmit, time comes in as `now`, a
monotonic count of milliseconds. After every call of `send`, `receive` or `set_up`, and at
`next_deadline()`, the owner calls `poll`. It makes durable what `receive` returned before that
`poll`, which acknowledges it.
"""

from . import messages, packet, refusals
from .cutter import MARK_LENGTH, PIECE_HEAD_LENGTH, Cutter, overhead
from .notices import Delivery, Outcome
from .outbox import Message, Outbox
from .receipts import Receipts
from .stream import SEND_SPAN, SEQUENCE_BITS, SEQUENCE_MASK, Flight, Stream
from .ways import Ways

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .association import Association
    from .bearer import Bearer
    from .types import Fields, Random, Store

    Packets = list[tuple[int, bytes]]

DEFAULTS = {
    # Messages that wait for their first transmission.
    "queue_limit": 64,
    # Back-off doubles up to these; alarms never wait long.
    "retry_max_ms": 900_000,
    "urgent_retry_max_ms": 30_000,
    # Timeouts in a row, without anything authentic heard, until the session is taken for lost.
    "silence_limit": 8,
    "urgent_silence_limit": 3,
    # What waited for a bearer to come back is sent within this span, so that no herd thunders.
    "recovery_spread_ms": 10_000,
}

# How long a piece that the peer holds is not repeated while the others are on their way.
HELD_MS = 60_000

# The longest join message.
_JOIN_LENGTH = 57


class Link:
    """One end of a link. `bearers` come in order of preference; `store` keeps the numbering.

    `heard_on` is the number of the bearer over which the peer was heard last, None before that.
    """

    def __init__(
        self,
        association: "Association",
        bearers: "Sequence[Bearer]",
        store: "Store",
        random: "Random",
        prefix: str = "",
        config: "dict[str, int] | None" = None,
    ) -> None:
        self.association = association
        self.bearers = bearers
        self.dropped = [0] * len(messages.PRIORITIES)
        self.expired = 0
        self.duplicates = 0
        self.retransmissions = 0
        self._config = dict(DEFAULTS)
        self._config.update(config or {})
        self._store = store
        self._random = random
        self._prefix = prefix
        self._ways = Ways(bearers)
        self._has_sleepers = bool([bearer for bearer in bearers if bearer.contact_ms])
        self._cutter = Cutter(min([bearer.mtu for bearer in bearers]))
        self._most_in_flight = max([bearer.in_flight for bearer in bearers])
        self._outbox = Outbox(self._config["queue_limit"])
        self._streams: "dict[int, Stream]" = {}
        self._receipts: "dict[int, Receipts]" = {}
        self._outcomes: "list[Outcome]" = []
        self.heard_on: "int | None" = None
        self._asked_on: "int | None" = None
        self._silence = 0
        self._session = association.current
        self._deadline: "int | None" = None

    def send(
        self,
        kind: int,
        fields: "Fields",
        now: int,
        priority: "int | None" = None,
        token: "int | None" = None,
        expires_at: "int | None" = None,
    ) -> None:
        """Queue a message; `expires_at` (ms) bounds its life.

        MessageError when the catalogue does not allow the fields, ValueError when the message needs
        more than 32 fragments on the bearer with the smallest MTU.
        """
        body = messages.encode(kind, fields)
        if len(body) > self._cutter.short and len(body) > self._cutter.capacity(kind):
            raise ValueError("message %02x: too long for the bearers' MTU" % kind)
        if priority is None:
            priority = messages.flags(kind) & messages.PRIORITY
        message = Message(kind, body, priority)
        if token is not None:
            message.token = token
        if expires_at is not None:
            message.expires_at = expires_at
        self._deadline = now
        if priority == messages.URGENT and self.association.current is None:
            self.association.hurry(now)
        victim = self._outbox.add(message)
        if victim is not None:
            self.dropped[victim.priority] += 1
            self._report(victim, False)

    def receive(self, bearer: int, data: bytes, now: int) -> "Delivery | None":
        """Take a packet that arrived on bearer number `bearer`; return its Delivery, if it has one.

        Never raises, whatever the bytes: refusals are counted in `association.refused`.
        """
        opened = self.association.open(data, now)
        if opened is None:
            return None
        self._deadline = now
        self._heard(bearer, now)
        if self.association.current is not self._session:
            self._session = self.association.current
            self._renew(now)
        if opened.kind in (messages.JOIN_REQUEST, messages.JOIN_ACCEPT):
            if self.association.peer_began_anew:
                for stream in self._streams.values():
                    stream.forget_received()
            return None
        priority = messages.REPORT
        text = opened.body
        if opened.flags & packet.RELIABLE:
            if len(text) < MARK_LENGTH:
                self.association.refused.note(refusals.MALFORMED)
                return None
            mark = text[0] << 8 | text[1]
            priority = mark >> SEQUENCE_BITS
            if priority >= len(messages.PRIORITIES):
                self.association.refused.note(refusals.MALFORMED)
                return None
            whole = self._receive_reliable(bearer, mark, opened.flags, text)
            if whole is None:
                return None
            text = whole
        try:
            fields = messages.decode(opened.kind, text)
        except messages.MessageError:
            self.association.refused.note(refusals.MALFORMED)
            return None
        if opened.kind in (messages.ACKNOWLEDGEMENT, messages.TIME):
            self._acknowledged(fields, now)
        if opened.kind == messages.ACKNOWLEDGEMENT:
            return None
        return Delivery(opened.kind, fields, priority)

    def start(self, now: int) -> None:
        """Begin operation: the association may want to join."""
        self.association.start(now)
        self._deadline = now

    def rejoin(self, now: int) -> None:
        """Replace the session, as far as this side can."""
        self.association.rejoin(now)
        self._deadline = now

    def set_up(self, bearer: int, is_up: bool, now: int) -> None:
        """Tell that bearer number `bearer` can, or cannot, carry packets."""
        self.bearers[bearer].up = is_up
        self._deadline = now
        if is_up:
            self._resume(self._config["recovery_spread_ms"], now)

    def take_outcomes(self) -> "list[Outcome]":
        """Return the outcomes since the last call."""
        outcomes, self._outcomes = self._outcomes, []
        return outcomes

    def next_deadline(self) -> "int | None":
        """Return when `poll` must be called next, in ms; None: only an input can change that."""
        return self._deadline

    def poll(self, now: int) -> "Packets":
        """Do what is due at `now`; return the packets to transmit as (bearer number, bytes)."""
        out: "Packets" = []
        if self._deadline is None or self._deadline > now:
            return out
        self._deadline = None
        if self._outbox.expiring:
            for message in self._outbox.take_expired(now):
                self._give_up(message)
            self._wake_at(self._outbox.next_expiry())
        self._poll_association(now, out)
        if self.association.current is not None:
            self._poll_acknowledgements(False, now, out)
            for priority, waiting in enumerate(self._outbox.queues):
                stream = self._streams.get(priority)
                idle = stream is None or not stream.flights
                if idle and not waiting:
                    continue
                if not self._poll_stream(priority, now, out):
                    break
            # The one packet that a sleeping device hears had better be a message: it answers that,
            # and the acknowledgement goes out on its answer; a TIME message, which has no answer,
            # takes it along.
            if self._has_sleepers:
                self._poll_acknowledgements(True, now, out)
        return out

    def _wake_at(self, time: "int | None") -> None:
        if time is not None and (self._deadline is None or time < self._deadline):
            self._deadline = time

    def _report(self, message: Message, delivered: bool) -> None:
        if message.token is not None:
            self._outcomes.append(Outcome(message.token, delivered))

    def _give_up(self, message: Message) -> None:
        self.expired += 1
        self._report(message, False)

    def _stream(self, priority: int) -> Stream:
        stream = self._streams.get(priority)
        if stream is None:
            stream = Stream(self._store, self._prefix + "link%d" % priority)
            self._streams[priority] = stream
        return stream

    # Reception.

    def _heard(self, bearer: int, now: int) -> None:
        self.heard_on = bearer
        self._asked_on = None
        self.bearers[bearer].heard(now)
        if self.bearers[bearer].contact_ms:
            self._resume(0, now)
        elif self._silence > 1:
            self._resume(self._config["recovery_spread_ms"], now)
        self._silence = 0

    def _renew(self, now: int) -> None:
        """Begin anew with what is in flight: a peer that has restarted holds no pieces any more."""
        for stream in self._streams.values():
            for flight in stream.flights.values():
                flight.held_until = 0
                flight.attempts = min(flight.attempts, 1)
                flight.due = now
                flight.bearers = ()

    def _resume(self, spread_ms: int, now: int) -> None:
        """Bring forward what backs off: the peer can be reached again."""
        for priority, stream in self._streams.items():
            for flight in stream.flights.values():
                soon = now if priority == messages.URGENT else now + self._below(spread_ms)
                flight.due = min(flight.due, max(soon, flight.held_until))

    def _receive_reliable(self, bearer: int, mark: int, flags: int, text: bytes) -> "bytes | None":
        stream = self._stream(mark >> SEQUENCE_BITS)
        receipts = self._receipts.get(bearer)
        if receipts is None:
            receipts = self._receipts[bearer] = Receipts()
        number = stream.whole_number(mark & SEQUENCE_MASK)
        if not flags & packet.FRAGMENT:
            receipts.done(mark)
            if stream.accept(number):
                return text[MARK_LENGTH:]
            self.duplicates += 1
            return None
        start = MARK_LENGTH + PIECE_HEAD_LENGTH
        if len(text) < start or not text[2] < text[3] <= SEND_SPAN:
            self.association.refused.note(refusals.MALFORMED)
            return None
        whole = None
        if stream.accept(number):
            whole = stream.assemble(number, text[2], text[3], text[start:])
        else:
            self.duplicates += 1
        base = number - text[2]
        if stream.is_partial(base, text[3]):
            receipts.held(mark)
        else:
            priority = mark & ~SEQUENCE_MASK
            receipts.done(*[priority | base + at & SEQUENCE_MASK for at in range(text[3])])
        return whole

    def _acknowledged(self, fields: "Fields", now: int) -> None:
        for stream, flight in self._flights_of(fields.get("ids", b"")):
            stream.end(flight.message)
            self._report(flight.message, True)
        for _, flight in self._flights_of(fields.get("held", b"")):
            flight.held_until = now + HELD_MS
            flight.due = max(flight.due, flight.held_until)

    def _flights_of(self, marks: bytes) -> "Iterator[tuple[Stream, Flight]]":
        for at in range(0, len(marks) - 1, 2):
            mark = marks[at] << 8 | marks[at + 1]
            stream = self._streams.get(mark >> SEQUENCE_BITS)
            flight = None if stream is None else stream.in_flight(mark & SEQUENCE_MASK)
            if stream is not None and flight is not None:
                yield stream, flight

    # Transmission.

    def _poll_association(self, now: int, out: "Packets") -> None:
        association = self.association
        due = association.next_deadline()
        if due is None or due > now:
            self._wake_at(due)
            return
        bearer, wait = self._join_way(now)
        if wait:
            self._wake_at(now + wait)
        elif bearer is not None:
            data = association.take_packet(now)
            if data is not None:
                self._transmit(bearer, data, now, out)
            self._wake_at(association.next_deadline())

    def _join_way(self, now: int) -> "tuple[int | None, int | None]":
        """Return (bearer for a join message, ms to wait); the hub's goes where it was asked."""
        if self.association.is_hub:
            asker = self.heard_on
            assert asker is not None, "an answer to nothing heard"
            wait = self.bearers[asker].wait(_JOIN_LENGTH, True, now)
            return (None if wait is None else asker), wait
        if self._asked_on is not None:
            # The last request went unanswered.
            self.bearers[self._asked_on].unanswered(now)
        self._asked_on, wait = self._ways.best(_JOIN_LENGTH, True, now)
        return self._asked_on, wait

    def _poll_acknowledgements(self, to_sleepers: bool, now: int, out: "Packets") -> None:
        for number, receipts in self._receipts.items():
            bearer = self.bearers[number]
            if bool(bearer.contact_ms) != to_sleepers:
                continue
            while len(receipts):
                fields = receipts.fields(bearer.mtu - packet.HEADER_LENGTH - packet.SHORT_TAG)
                body = messages.encode(messages.ACKNOWLEDGEMENT, fields)
                length = packet.HEADER_LENGTH + len(body) + packet.SHORT_TAG
                wait = bearer.wait(length, True, now)
                if wait:
                    self._wake_at(now + wait)
                if wait or (wait is None and to_sleepers):
                    break
                receipts.remove(fields)
                if wait is None:
                    # No way there now: the peer's retransmission asks again.
                    continue
                data = self.association.seal(messages.ACKNOWLEDGEMENT, 0, body)
                if data is not None:
                    self._transmit(number, data, now, out)

    def _poll_stream(self, priority: int, now: int, out: "Packets") -> bool:
        """Do what is due in one stream; tell whether the bearers have room for lesser ones."""
        stream = self._streams.get(priority)
        if stream is not None and stream.flights and not self._poll_flights(stream, now, out):
            return False
        message = self._outbox.first(priority)
        while message is not None:
            if not self._has_room(message):
                return True
            if not self._start(message, now, out):
                return False
            self._outbox.remove_first(priority)
            message = self._outbox.first(priority)
        return True

    def _poll_flights(self, stream: Stream, now: int, out: "Packets") -> bool:
        flights = stream.flights
        has_room = True
        # To a peer that sleeps only one can go: rather what it lacks than what it has held.
        for number in sorted(flights, key=lambda n: flights[n].held_until):
            flight = flights.get(number)
            if flight is None:
                continue  # It has expired with the piece before.
            message = flight.message
            if message.expires_at is not None and message.expires_at <= now:
                stream.end(message)
                self._give_up(message)
                continue
            self._wake_at(message.expires_at)
            if flight.due > now:
                self._wake_at(flight.due)
            elif has_room:
                self._note_timeout(flight, now)
                has_room = self._fly(flight, now, out)
        return has_room

    def _note_timeout(self, flight: Flight, now: int) -> None:
        for bearer in flight.bearers:
            self.bearers[bearer].unanswered(now)
        if flight.bearers:
            flight.bearers = ()
            self._silence += 1
            urgent = flight.message.priority == messages.URGENT
            limit = self._config["urgent_silence_limit" if urgent else "silence_limit"]
            if self._silence >= limit:
                self._silence = 0
                self.association.rejoin(now)
                if urgent:
                    self.association.hurry(now)
                self._wake_at(now)

    def _has_room(self, message: Message) -> bool:
        """Tell whether the window lets `message` begin: equal and higher priorities count."""
        kind = message.kind
        if not messages.flags(kind) & messages.RELIABLE:
            return True
        stream = self._stream(message.priority)
        if self._cutter.count(kind, len(message.body)) > stream.room():
            return False
        if message.priority == messages.URGENT:
            return True
        flying = 0
        for priority, other in self._streams.items():
            if priority <= message.priority:
                flying += len(other.flights)
        return flying < self._most_in_flight

    def _start(self, message: Message, now: int, out: "Packets") -> bool:
        """Transmit `message` for the first time; tell whether a bearer could take it."""
        kind = message.kind
        is_reliable = messages.flags(kind) & messages.RELIABLE
        texts = self._cutter.cut(kind, message.body) if is_reliable else [message.body]
        length = len(texts[0]) + MARK_LENGTH + overhead(kind)
        bearer, wait = self._ways.best(length, message.priority == messages.URGENT, now)
        if bearer is None:
            self._wake_at(None if wait is None else now + wait)
            return False
        if is_reliable:
            self._start_flights(message, texts, now, out)
            return True
        body = message.body
        if kind == messages.TIME:
            body = self._with_receipts(bearer, body)
        data = self.association.seal(kind, 0, body)
        if data is not None:
            self._transmit(bearer, data, now, out)
        self._report(message, data is not None)
        return True

    def _with_receipts(self, number: int, body: bytes) -> bytes:
        """Let a TIME message acknowledge: no answer to it would bring a sleeper's next window."""
        receipts = self._receipts.get(number)
        if not receipts:
            return body
        room = self.bearers[number].mtu - overhead(messages.TIME) - len(body)
        marks = receipts.fields(room)
        receipts.remove(marks)
        fields = messages.decode(messages.TIME, body)
        fields.update(marks)
        return messages.encode(messages.TIME, fields)

    def _start_flights(
        self, message: Message, texts: "list[bytes]", now: int, out: "Packets"
    ) -> None:
        flags = packet.RELIABLE | (packet.FRAGMENT if len(texts) > 1 else 0)
        # It is in the flights' texts from now on.
        message.body = b""
        stream = self._stream(message.priority)
        for text in texts:
            number = stream.take_number()
            mark = message.priority << SEQUENCE_BITS | number & SEQUENCE_MASK
            flight = Flight(message, flags, bytes((mark >> 8, mark & 0xFF)) + text)
            flight.due = now
            stream.flights[number] = flight
            self._fly(flight, now, out)

    def _fly(self, flight: Flight, now: int, out: "Packets") -> bool:
        """Transmit `flight`, an alarm on every bearer that can; tell whether one could."""
        message = flight.message
        urgent = message.priority == messages.URGENT
        length = len(flight.text) + overhead(message.kind)
        if urgent:
            ways, wait = self._ways.all(length, now)
        else:
            bearer, wait = self._ways.best(length, False, now)
            ways = () if bearer is None else (bearer,)
        if not ways:
            self._wake_at(None if wait is None else now + wait)
            return False
        for bearer in ways:
            data = self.association.seal(message.kind, flight.flags, flight.text)
            if data is not None:
                self._transmit(bearer, data, now, out)
        flight.bearers = ways
        if flight.attempts:
            self.retransmissions += 1
        timeout = max([self.bearers[bearer].ack_timeout_ms for bearer in ways])
        span = min(timeout << min(flight.attempts, 16), self._retry_max_ms(urgent))
        flight.attempts += 1
        flight.due = now + span + self._below(span // 2)
        self._wake_at(flight.due)
        return True

    def _retry_max_ms(self, urgent: bool) -> int:
        return self._config["urgent_retry_max_ms" if urgent else "retry_max_ms"]

    def _transmit(self, bearer: int, data: bytes, now: int, out: "Packets") -> None:
        self.bearers[bearer].sent(len(data), now)
        out.append((bearer, data))

    def _below(self, limit: int) -> int:
        return int.from_bytes(self._random(2), "big") * limit >> 16
