"""One priority's numbering within a link: what is in flight, received, or in pieces."""

from .counters import ReservedCounter, restore
from .window import Window

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .outbox import Message
    from .types import Store

SEQUENCE_BITS = 13
SEQUENCE_MASK = (1 << SEQUENCE_BITS) - 1

# Numbers in flight span less than half of what the receiver remembers, so that whatever it takes
# for old is old.
SEND_SPAN = 32
RECEIVE_SPAN = 64

# Numbers reserved per flash write.
BLOCK = 32


class Flight:
    """A packet's worth of a message, from its first transmission to its acknowledgement.

    `held_until`: when a piece that the peer holds may be repeated; 0 for all that it does not hold.
    """

    __slots__ = ("attempts", "bearers", "due", "flags", "held_until", "message", "text")

    def __init__(self, message: "Message", flags: int, text: bytes) -> None:
        self.message = message
        self.flags = flags
        self.text = text
        self.attempts = 0
        self.bearers: "tuple[int, ...]" = ()
        self.due = 0
        self.held_until = 0


class Stream:
    """Numbers survive restarts by reservation; what was received is remembered in RAM only.

    After a restart of the receiver a message whose acknowledgement was lost may therefore be
    delivered a second time: messages that must not be repeated carry an identity of their own.
    """

    def __init__(self, store: "Store", key: str) -> None:
        self._counter = ReservedCounter(store, key, BLOCK)
        self.flights: "dict[int, Flight]" = {}
        self._window = Window(RECEIVE_SPAN)
        self._partial: "dict[tuple[int, int], dict[int, bytes]]" = {}

    def room(self) -> int:
        """Return how many numbers may be given out now."""
        if not self.flights:
            return SEND_SPAN
        return SEND_SPAN - (self._counter.next - min(self.flights))

    def take_number(self) -> int:
        """Return the next number."""
        number = self._counter.take()
        assert number is not None, "2^32 messages sent"
        return number

    def in_flight(self, low: int) -> "Flight | None":
        """Return the flight whose number has these low bits, None when there is none."""
        for number, flight in self.flights.items():
            if number & SEQUENCE_MASK == low:
                return flight
        return None

    def end(self, message: "Message") -> None:
        """Take all packets of `message` out of flight."""
        for number in [n for n, flight in self.flights.items() if flight.message is message]:
            del self.flights[number]

    def whole_number(self, low: int) -> int:
        """Return the whole number of a received packet."""
        return restore(low, SEQUENCE_BITS, self._window.highest)

    def accept(self, number: int) -> bool:
        """Take note that `number` was received; tell whether it is new."""
        is_new = self._window.is_new(number)
        if is_new:
            self._window.add(number)
        return is_new

    def forget_received(self) -> None:
        """Take every number for new: the peer has begun to count anew."""
        self._window = Window(RECEIVE_SPAN)
        self._partial.clear()

    def is_partial(self, base: int, count: int) -> bool:
        """Tell whether pieces are missing of the message whose first number is `base`."""
        return (base, count) in self._partial

    def assemble(self, number: int, index: int, count: int, piece: bytes) -> "bytes | None":
        """Add a fragment; return the whole text once all its pieces are there, else None."""
        whole = (number - index, count)
        # What is below the window will never be completed: its sender has given it up.
        for old in [key for key in self._partial if key[0] <= self._window.highest - RECEIVE_SPAN]:
            del self._partial[old]
        pieces = self._partial.setdefault(whole, {})
        pieces[index] = piece
        if len(pieces) < count:
            return None
        del self._partial[whole]
        return b"".join([pieces[i] for i in range(count)])
