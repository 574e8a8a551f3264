"""Wiegand reader: pulses on two lines to card frames and keys.

A pulse on line 0 is a 0, one on line 1 a 1, the most significant first; only silence ends a frame.
Makers' manuals give SIA AC-01 as: pulses of 20 to 100 us, 200 us to 20 ms apart, never on both.

Interrupts put each pulse into a ring, `poll` takes them out. The esp32 port calls handlers from a
queue of 8 and drops what does not fit, so they may come late or not at all. The lines' interrupts
are therefore of one edge only, and a frame is kept only when it is whole in every way that shows.
"""

from linli_protocol.access_list import CARD_FORMATS

from ..apps.entry import ENTER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .types import InputPin, OnNumber, Ticks

# Just above the longest gap within a frame (AC-01: 20 ms).
SILENCE_MS = 25

# A power of 2 with room for three of the longest frames: a loop that is late loses no card.
_RING = 128
_LONGEST = 37
_TICKS = 0x3FFFFFFF

# What is noted of a pulse beside its bit.
_FIRST = 2
_CLASH = 4


class Wiegand:
    """A reader on two lines that are active during a pulse.

    `on_card(frame, bit_count, now)` gets frames of the lengths in CARD_FORMATS, `on_key(key, now)`
    bursts of 4 bits, or of 8 whose high half is the complement of the low one (`apps.entry` numbers
    the keys). `counts`: "refused" frames of another shape, "clashes" for frames with a pulse on
    both lines at once, "overruns" when the ring was full.
    """

    def __init__(
        self,
        line_0: "InputPin",
        line_1: "InputPin",
        ticks_ms: "Ticks",
        on_card: "Callable[[int, int, int], None]",
        on_key: "OnNumber",
        silence_ms: int = SILENCE_MS,
    ) -> None:
        self.counts = {"refused": 0, "clashes": 0, "overruns": 0}
        self._lines = (line_0, line_1)
        self._ticks_ms = ticks_ms
        self._on_card = on_card
        self._on_key = on_key
        self._silence_ms = silence_ms
        self._ring = bytearray(_RING)
        self._head = self._tail = 0
        self._overrun = False
        self._pulse_at = ticks_ms()
        self._frame = self._bit_count = self._spoilt = 0
        self._due: "int | None" = None
        line_0.irq(self._zero, True)
        line_1.irq(self._one, True)

    def poll(self, now: int) -> None:
        """Hand over the frames that have ended."""
        head = self._head
        while self._tail != head:
            noted = self._ring[self._tail]
            self._tail = (self._tail + 1) % _RING
            if noted & _FIRST:
                self._end_frame(now)
            self._spoilt |= noted & _CLASH
            if self._bit_count <= _LONGEST:
                self._frame = self._frame << 1 | noted & 1
                self._bit_count += 1
        if self._overrun:
            # Pulses are missing somewhere: what is left could look like a shorter frame.
            self._overrun = False
            self.counts["overruns"] += 1
            self._bit_count = _LONGEST + 1
        self._due = None
        if self._bit_count:
            quiet_ms = self._ticks_ms() - self._pulse_at & _TICKS
            if quiet_ms >= self._silence_ms:
                self._end_frame(now)
            else:
                self._due = now + self._silence_ms - quiet_ms

    def next_deadline(self) -> "int | None":
        """Return when the frame under way ends if nothing more comes."""
        return self._due if self._tail == self._head else 0

    def _zero(self, pin: object) -> None:
        self._note(0)

    def _one(self, pin: object) -> None:
        self._note(1)

    def _note(self, bit: int) -> None:
        # May run in an interrupt: only small ints, and only into what is there already.
        at = self._ticks_ms()
        if self._lines[1 - bit].value():
            bit |= _CLASH
        if at - self._pulse_at & _TICKS >= self._silence_ms:
            bit |= _FIRST
        self._pulse_at = at
        following = (self._head + 1) % _RING
        if following == self._tail:
            self._overrun = True
        else:
            self._ring[self._head] = bit
            self._head = following

    def _end_frame(self, now: int) -> None:
        frame = self._frame
        bit_count = self._bit_count
        spoilt = self._spoilt
        self._frame = self._bit_count = self._spoilt = 0
        if spoilt:
            self.counts["clashes"] += 1
        elif bit_count in CARD_FORMATS:
            self._on_card(frame, bit_count, now)
        elif (bit_count == 4 or (bit_count == 8 and frame >> 4 == frame & 15 ^ 15)) and (
            frame & 15 <= ENTER
        ):
            self._on_key(frame & 15, now)
        elif bit_count:
            self.counts["refused"] += 1
