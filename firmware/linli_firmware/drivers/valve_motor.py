"""The motor of a shut-off valve, between two end stops, on an H-bridge of two inputs.

The two inputs are never on together, not even to brake: on a bridge of relays or single transistors
that is a short. The motor stands for a while before it turns again, and never turns towards an end
stop that is reached.
"""

from ..apps.valve import CLOSED, OPEN, STOPPED
from .level_input import REREAD_MS, LevelInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .types import Adc, InputPin, OutputPin

# Sources: our defaults. A small gear motor runs down, and a relay drops out, within 100 ms.
DEAD_MS = 100
END_STEADY_MS = 20
# End stops and current are read this often while the motor turns.
SAMPLE_MS = 20
# The current at the start is that of a blocked motor.
STARTING_MS = 300
STALLED_MS = 200


class ValveMotor:
    """Takes the app's "valve" and reports `on_ends(at_open, at_closed, now)`.

    With `current`, the ADC at the bridge's shunt, a motor that draws `stall_mv` or more for
    STALLED_MS is stopped and `on_stall(now)` called. `counts`: "stalls".
    """

    def __init__(
        self,
        opening: "OutputPin",
        closing: "OutputPin",
        open_end: "InputPin",
        closed_end: "InputPin",
        on_ends: "Callable[[bool, bool, int], None]",
        current: "Adc | None" = None,
        stall_mv: int = 0,
        on_stall: "Callable[[int], None] | None" = None,
        dead_ms: int = DEAD_MS,
        reread_ms: int = REREAD_MS,
    ) -> None:
        self.counts = {"stalls": 0}
        self._pins = {OPEN: opening, CLOSED: closing}
        self._ends = {
            OPEN: LevelInput(open_end, self._end_changed, END_STEADY_MS, reread_ms),
            CLOSED: LevelInput(closed_end, self._end_changed, END_STEADY_MS, reread_ms),
        }
        self._on_ends = on_ends
        self._current = current
        self._stall_mv = stall_mv
        self._on_stall = on_stall
        self._dead_ms = dead_ms
        self._ends_changed = False
        self._target = self._turning = STOPPED
        self._ready_at = 0
        self._sample_at: "int | None" = None
        self._normal_at = 0
        opening.value(0)
        closing.value(0)

    def set(self, value: int, now: int) -> None:
        """Turn towards OPEN or CLOSED, or stop (STOPPED)."""
        self._target = value
        self._drive(now)

    def poll(self, now: int) -> None:
        """Read the end stops and the current; turn or stop the motor."""
        for end in self._ends.values():
            end.poll(now)
        at_open = self._ends[OPEN].level
        at_closed = self._ends[CLOSED].level
        if self._ends_changed and at_open is not None and at_closed is not None:
            self._ends_changed = False
            self._on_ends(at_open, at_closed, now)
        self._drive(now)
        if self._sample_at is not None and now >= self._sample_at:
            self._measure(now)

    def next_deadline(self) -> int:
        """Return when an end stop, the current or the dead time wants attention."""
        deadline = min([end.next_deadline() for end in self._ends.values()])
        if self._sample_at is not None:
            deadline = min(deadline, self._sample_at)
        if self._waits():
            deadline = min(deadline, self._ready_at)
        return deadline

    def next_wake(self, now: int) -> "int | None":
        """Return `now` while the motor turns or is about to; its end stops are only read awake."""
        return None if self._turning == STOPPED and not self._waits() else now

    def _end_changed(self, reached: bool, now: int) -> None:
        self._ends_changed = True

    def _waits(self) -> bool:
        """Tell whether the motor stands only for the dead time."""
        return (
            self._turning == STOPPED
            and self._target != STOPPED
            and not self._ends[self._target].level
        )

    def _drive(self, now: int) -> None:
        if self._turning != STOPPED and (
            self._turning != self._target or self._ends[self._turning].level
        ):
            self._pins[self._turning].value(0)
            self._turning = STOPPED
            self._ready_at = now + self._dead_ms
            self._sample_at = None
        if self._waits() and now >= self._ready_at:
            self._turning = self._target
            self._pins[self._turning].value(1)
            self._normal_at = now + STARTING_MS
            self._sample_at = now + SAMPLE_MS

    def _measure(self, now: int) -> None:
        self._sample_at = now + SAMPLE_MS
        if self._current is None or self._current.read_mv() < self._stall_mv:
            self._normal_at = max(self._normal_at, now)
        elif now - self._normal_at >= STALLED_MS:
            self.counts["stalls"] += 1
            self.set(STOPPED, now)
            if self._on_stall is not None:
                self._on_stall(now)
