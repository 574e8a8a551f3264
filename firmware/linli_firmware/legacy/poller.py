"""Reads the devices of a bus on a schedule and tells which of them have gone or come back."""

from .bus import ANSWERED, SILENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .bus import Bus
    from .types import Device, Sink

# A device is absent after so many pollings in a row without an answer.
ABSENT_AFTER = 3

# An absent device is polled ever more rarely, each time doubling the interval, up to this.
LONGEST_MS = 3600000


class Polled:
    """One device on the schedule, next at `due`; `present` is None while that is not known."""

    def __init__(self, device: "Device", interval_s: int, sink: "Sink") -> None:
        if interval_s < 1:
            raise ValueError("interval_s: at least 1")
        self.device = device
        self.interval_ms = interval_s * 1000
        self.sink = sink
        self.present: "bool | None" = None
        self.due = 0
        self.failures = 0
        self.step = 0


class Poller:
    """The schedule of all devices of `bus`, evenly spread over their intervals.

    Call `poll` every few milliseconds and at `next_deadline()`. A polling ends with the first step
    that is not answered; a refusal is an answer without a value. It is a part of a node, as
    `node.types.Part` says.
    """

    name = "legacy"
    vital = False
    period_ms = 5

    def __init__(self, bus: "Bus", devices: "list[Polled]") -> None:
        self.bus = bus
        self._devices = devices
        self._current: "Polled | None" = None
        self._begun = False

    def poll(self, now: int) -> None:
        """Do what is due."""
        if not self._begun:
            self._begun = True
            for number, each in enumerate(self._devices):
                each.due = now + each.interval_ms * number // len(self._devices)
        self.bus.poll(now)
        if self._current is None:
            polled = self._next()
            if polled is not None and polled.due <= now:
                self._current = polled
                polled.due = now + polled.interval_ms
                polled.step = 0
                self.bus.submit(polled.device, 0, self._done)
                self.bus.poll(now)

    def restart(self, now: int) -> None:
        """Begin anew after `poll` has raised."""
        self.bus.restart(now)
        self._current = None

    def next_deadline(self) -> "int | None":
        """Return the monotonic ms at which `poll` must come."""
        if not self._begun:
            return 0
        deadline = self.bus.next_deadline()
        if deadline is not None or self._current is not None:
            return deadline
        each = self._next()
        return each.due if each else None

    def _next(self) -> "Polled | None":
        return min(self._devices, key=lambda each: each.due) if self._devices else None

    def _done(self, outcome: int, value: object, now: int) -> None:
        each = self._current
        assert each is not None, "a polling ends only once"
        if outcome == SILENT:
            self._current = None
            each.failures += 1
            beyond = each.failures - ABSENT_AFTER
            if beyond >= 0:
                rarer_ms = each.interval_ms << min(beyond + 1, 16)
                each.due = now + min(rarer_ms, max(each.interval_ms, LONGEST_MS))
                self._set_present(each, False, now)
            return
        self._set_present(each, True, now)
        each.failures = 0
        if outcome == ANSWERED:
            each.sink.take(each.step, value, now)
        each.step += 1
        if each.step < each.device.steps:
            self.bus.submit(each.device, each.step, self._done)
        else:
            self._current = None

    def _set_present(self, each: Polled, present: bool, now: int) -> None:
        if each.present is not present:
            each.present = present
            each.sink.set_present(present, now)
