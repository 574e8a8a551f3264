"""The host's end of an emulated chip: what is at its pins, what it changes there, its clock."""

import mmap
import os
import threading
import time
from collections.abc import Iterable

from . import registers

# What an ADC sees where nobody has set a voltage: half of a pin's range.
MILLIVOLTS = 1500
# The first second of 2000: what an ESP32's clock says when power has been lost.
_RTC_START_S = 946_684_800

_LOST_IN_A_RESET = (
    registers.GRANTED,
    registers.ENDED,
    registers.LISTENS,
    registers.STIRRED,
    registers.WATCHDOG_US,
    registers.EXT1_PINS,
    registers.GPIO_PINS,
)

Change = tuple[int, int, int]


class Chip:
    """The memory that the board shares with the host, `fileno`, seen from the host.

    Wires stay as they are whatever becomes of the board. Times are microseconds: of the host's
    monotonic clock, or virtual ones since the chip was made.
    """

    def __init__(self, is_virtual: bool = False, stride_ms: int = 0) -> None:
        self.fileno = os.memfd_create("registers")
        os.ftruncate(self.fileno, registers.END * 8)
        self._map = mmap.mmap(self.fileno, registers.END * 8)
        self.words = memoryview(self._map).cast("q")
        self.words[registers.IS_VIRTUAL] = int(is_virtual)
        self.words[registers.STRIDE] = stride_ms * 1000
        self._is_virtual = is_virtual
        self._lock = threading.RLock()
        self._changes: list[Change] = []
        self._read = 0
        self._planned_until = 0
        for pin in range(registers.PINS):
            self.words[registers.WIRE + pin] = registers.FLOATING
            self.words[registers.PAD + pin] = registers.FLOATING
            self.words[registers.MILLIVOLTS + pin] = MILLIVOLTS

    def close(self) -> None:
        """Give the memory back."""
        self.words.release()
        self._map.close()
        os.close(self.fileno)

    @property
    def now_us(self) -> int:
        """The time."""
        return self.words[registers.NOW] if self._is_virtual else time.monotonic_ns() // 1000

    def connect(self, pin: int, wire: int) -> None:
        """Connect `pin` to LOW, HIGH or nothing (FLOATING), now."""
        _check(pin, wire)
        with self._lock:
            sent = self.words[registers.SENT]
            if sent - self.words[registers.TAKEN] >= registers.CALLS_SIZE:
                raise BufferError("the board does not look at its pins")
            at = registers.CALLS + sent % registers.CALLS_SIZE
            self.words[at] = self.now_us << 8 | pin << 2 | wire
            self.words[registers.SENT] = sent + 1

    def plan(self, steps: Iterable[Change]) -> int:
        """Have each (wait in us, pin, level) happen after the one before; return when the last is.

        The first waits from now on, or from the end of what has been planned before.
        """
        with self._lock:
            at = max(self.now_us, self._planned_until)
            edges = []
            for wait_us, pin, wire in steps:
                _check(pin, wire)
                at += wait_us
                edges.append(at << 8 | pin << 2 | wire)
            planned = self.words[registers.PLANNED]
            free = registers.PLAN_SIZE - (planned - self.words[registers.PLAYED])
            if len(edges) > free:
                raise BufferError(f"{len(edges)} edges to play, but there is room for {free}")
            for number, edge in enumerate(edges, planned):
                self.words[registers.PLAN + number % registers.PLAN_SIZE] = edge
            self.words[registers.PLANNED] = planned + len(edges)
            self._planned_until = at
            return at

    def count(self, pin: int, pulses: int) -> None:
        """Add to what a hardware counter at `pin` has counted."""
        with self._lock:
            self.words[registers.COUNTED + pin] += pulses

    def set_adc(self, pin: int, millivolts: int) -> None:
        """Set the voltage at `pin`."""
        self.words[registers.MILLIVOLTS + pin] = millivolts

    def level(self, pin: int) -> int:
        """Return the level of `pin`."""
        for state in (self.words[registers.PAD + pin], self.words[registers.WIRE + pin]):
            if state != registers.FLOATING:
                return state
        return int(self.words[registers.PULL + pin] == registers.PULL_UP)

    def changes(self) -> list[Change]:
        """Return what the board has changed at its outputs so far, as (time in us, pin, level)."""
        with self._lock:
            end = self.words[registers.CHANGED]
            for number in range(max(self._read, end - registers.CHANGES_SIZE), end):
                word = self.words[registers.CHANGES + number % registers.CHANGES_SIZE]
                self._changes.append((word >> 8, word >> 2 & 63, word & 3))
            self._read = end
            return list(self._changes)

    def forget_changes(self) -> None:
        """Begin anew with the changes of outputs."""
        self.changes()
        self._changes.clear()

    def settle(self) -> None:
        """Have what is due happen at the pins of a chip that does not run."""
        with self._lock:
            while (edge := self._next()) is not None and edge[0] >> 8 <= self.now_us:
                self._apply(*edge)

    def doze(self, until_us: int) -> bool:
        """Have what is due by then happen at the pins of a chip in deep sleep, until it wakes.

        Return whether it does.
        """
        with self._lock:
            wake_at = self.words[registers.WAKE_AT] or None
            while not self._waking_pins():
                edge = self._next()
                times = [at for at in (wake_at, edge and edge[0] >> 8) if at is not None]
                following = min(times, default=until_us)
                self._pass(min(following, until_us))
                if following > until_us or not times:
                    return False
                if following == wake_at:
                    break
                assert edge is not None
                self._apply(*edge)
            return True

    def next_wake_us(self) -> int | None:
        """Return when something will happen that may end a deep sleep, None if nothing is known."""
        edge = self._next()
        times = [self.words[registers.WAKE_AT] or None, edge and edge[0] >> 8]
        return min((at for at in times if at is not None), default=None)

    def _pass(self, until_us: int) -> None:
        if self._is_virtual:
            self.words[registers.NOW] = max(self.words[registers.NOW], until_us)

    def _apply(self, edge: int, counter: int) -> None:
        self.words[registers.WIRE + (edge >> 2 & 63)] = edge & 3
        self.words[counter] += 1

    def _next(self) -> tuple[int, int] | None:
        found = []
        for first, size, put, taken in (
            (registers.CALLS, registers.CALLS_SIZE, registers.SENT, registers.TAKEN),
            (registers.PLAN, registers.PLAN_SIZE, registers.PLANNED, registers.PLAYED),
        ):
            if self.words[put] != self.words[taken]:
                found.append((self.words[first + self.words[taken] % size], taken))
        return min(found) if found else None

    def start(self, cause: int) -> None:
        """Prepare the chip's registers for a start."""
        self.words[registers.CAUSE] = cause
        self.words[registers.WOKEN] = self._waking_pins()
        for word in _LOST_IN_A_RESET:
            self.words[word] = 0
        self.words[registers.LIVELY_UNTIL] = self.now_us + registers.LIVELY_US

    def stop(self, keeps_held: bool) -> None:
        """Have the pins let go, as in a reset, but those that are held if they are to keep it."""
        with self._lock:
            for pin in range(registers.PINS):
                self.words[registers.MODE + pin] = 0
                self.words[registers.PULL + pin] = 0
                self.words[registers.LATCH + pin] = 0
                if keeps_held and self.words[registers.HOLD + pin]:
                    continue
                self.words[registers.HOLD + pin] = 0
                if self.words[registers.PAD + pin] == registers.HIGH:
                    self.changes()
                    self._changes.append((self.now_us, pin, 0))
                self.words[registers.PAD + pin] = registers.FLOATING

    def lose_power(self) -> None:
        """Forget what only power keeps: the clock's time and the RTC's memory."""
        self.words[registers.RTC_LENGTH] = 0
        self.words[registers.RTC_AHEAD] = _RTC_START_S * 1_000_000 - self.now_us
        self.words[registers.EXT1_PINS] = 0

    def _waking_pins(self) -> int:
        """Return the pins, as bits, that end a deep sleep now."""
        pins, level = self.words[registers.EXT1_PINS], self.words[registers.EXT1_LEVEL]
        chosen = [pin for pin in range(registers.PINS) if pins >> pin & 1]
        return sum(1 << pin for pin in chosen if self.level(pin) == level)


def _check(pin: int, wire: int) -> None:
    if not 0 <= pin < registers.PINS or wire not in (0, 1, registers.FLOATING):
        raise ValueError(f"pin {pin} to {wire}: pins are 0 to {registers.PINS - 1}, levels 0 and 1")
