"""A contact on a supervised line: two resistors at its end tell a cut or a bridge from a level.

One resistor R is in series with the contact, another R across it, and R pulls the line up to the
ADC's supply U. The line then stands at U/2 while the contact is closed, at 2U/3 while it is open,
at 0 when the line is bridged and at U when it is cut. (R at the panel instead supervises nothing.)
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Adc, OnLevel

# Source of both: our defaults. A line passes through the levels between on its way from one to
# another, so a state must hold; together with the app's debounce this stays within 400 ms
# (IEC 60839-11-1, Table 2).
SAMPLE_MS = 20
STEADY_MS = 60

# Half-way between the levels above with U = 3.3 V.
LIMITS_MV = (825, 1925, 2750)

SHORT = 0
NORMAL = 1
ACTIVE = 2
OPEN = 3


class SupervisedInput:
    """Reports `on_change(active, now)` and, for a bridged or cut line, `on_fault(fault, now)`.

    Both report at the start and at changes; while there is a fault nothing is said of the level.
    `state` is SHORT, NORMAL, ACTIVE or OPEN, None at first.
    """

    def __init__(
        self,
        adc: "Adc",
        on_change: "OnLevel",
        on_fault: "OnLevel",
        limits_mv: "tuple[int, int, int]" = LIMITS_MV,
        steady_ms: int = STEADY_MS,
    ) -> None:
        self.state: "int | None" = None
        self._adc = adc
        self._on_change = on_change
        self._on_fault = on_fault
        self._limits_mv = limits_mv
        self._steady_ms = steady_ms
        self._sample_at = 0
        self._seen: "int | None" = None
        self._seen_at = 0
        self._active: "bool | None" = None
        self._fault: "bool | None" = None

    def poll(self, now: int) -> None:
        """Measure the line if it is time; report what has been steady."""
        if now < self._sample_at:
            return
        self._sample_at = now + SAMPLE_MS
        mv = self._adc.read_mv()
        state = len([limit for limit in self._limits_mv if mv >= limit])
        if state != self._seen:
            self._seen = state
            self._seen_at = now
        elif state != self.state and now - self._seen_at >= self._steady_ms:
            self.state = state
            fault = state in (SHORT, OPEN)
            if fault != self._fault:
                self._fault = fault
                self._on_fault(fault, now)
            active = state == ACTIVE
            if not fault and active != self._active:
                self._active = active
                self._on_change(active, now)

    def next_deadline(self) -> int:
        """Return when the line is to be measured again."""
        return self._sample_at
