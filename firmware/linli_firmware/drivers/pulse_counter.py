"""Pulses of a meter: what a counter has counted since the last look, forward and backward apart."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Counter, OnNumber

# Pulses counted but not yet reported are lost with the power. Source: our default.
PERIOD_MS = 1000

# machine.Counter does not wrap in practice, the counters here do so at 2**24: both fit. A bare
# 16-bit register wraps at 65536, and a PCNT unit starts again from 0 at its `max`.
MODULUS = 1 << 24


class PulseCounter:
    """Reports `on_forward(pulses, now)` and `on_reverse(pulses, now)` from an up-down counter.

    `modulus` is after how many counts the counter shows the same again; up to half of it may lie
    between two polls. With `steps` counts a pulse (see `quadrature`), a wheel that swings to and
    fro by less than that makes no pulse. Only the difference of two readings is used, so no count
    is missed or taken twice between polls, and the counter is never set.

    `last` is the count that has been taken; where the counter goes on through a restart, whoever
    keeps it sets it again.
    """

    def __init__(
        self,
        counter: "Counter",
        on_forward: "OnNumber",
        on_reverse: "OnNumber",
        modulus: int = MODULUS,
        steps: int = 1,
        period_ms: int = PERIOD_MS,
    ) -> None:
        self._counter = counter
        self._on_forward = on_forward
        self._on_reverse = on_reverse
        self._modulus = modulus
        self._steps = steps
        self._period_ms = period_ms
        self.last = counter.value()
        self._unreported = 0
        self._due = 0

    def poll(self, now: int) -> None:
        """Report the pulses since the last poll, if it is time."""
        if now < self._due:
            return
        self._due = now + self._period_ms
        value = self._counter.value()
        half = self._modulus // 2
        self._unreported += (value - self.last + half) % self._modulus - half
        self.last = value
        pulses = abs(self._unreported) // self._steps
        if pulses:
            if self._unreported > 0:
                self._unreported -= pulses * self._steps
                self._on_forward(pulses, now)
            else:
                self._unreported += pulses * self._steps
                self._on_reverse(pulses, now)

    def next_deadline(self) -> int:
        """Return when the counter is to be read again."""
        return self._due

    def next_wake(self, now: int) -> "int | None":
        """Return when a device that sleeps is to wake for pulses counted but not yet reported."""
        return None if self._counter.value() == self.last else self._due
