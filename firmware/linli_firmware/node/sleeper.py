"""Lets a device on a battery sleep whenever nothing is left to do, as deeply as its plan allows.

Loaded only where the configuration says so. The parts of the node look at their things every few
milliseconds; instead of waiting for that, this one asks them for what they wait for, and stops the
processor until the earliest of it, or until an input changes. The parts find themselves late, which
they can stand, and do what is due.

A deep sleep ends in a restart, so it waits until nothing would be lost: the image has proven
itself, the link has nothing under way, the board's clock is right. What the node keeps over it is
the device's (`Device.suspend`) and the count of a counter beside the chip.
"""

from linli_protocol import codes

from ..power.sleep_plan import AWAKE, DEEP, LIGHT, SleepPlan, deepest
from . import upkeep
from .supervisor import FIRST_RETRY_MS, LAST_RETRY_MS
from .way import Way

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..drivers.pulse_counter import PulseCounter
    from .node import Node
    from .types import Json, SleepingBoard

# A light sleep is made of pieces, and the watchdog fed before each: half of what it waits.
PIECE_MS = 30_000
# A transport that waits for no longer is at work. Longer are a faulty chip's rests; the longest
# answer is awaited for 10 s (nbiot.NETWORK_COMMAND_MS).
WORK_MS = 15_000

# The most important first. The end stops are only read while the motor turns.
_WAKERS = ("button", "pulse", "reverse_pulse", "tamper", "magnet")
# With those of the outputs, in one text: it costs the heap less than a tuple of them.
_RESTING = "end_open end_closed valve_open valve_close valve_current led buzzer battery_adc counter"
# Whatever arrives over another bearer may arrive at any time.
_BEARERS = ("lora", "nbiot", "none")

_COUNT = "count"


class Sleeper:
    """The part of `node` that lets it sleep; `board` is able to and has the node's pins.

    ValueError names a setting of "power", or a pin, that is at fault.
    """

    name = "sleeper"
    vital = False
    period_ms = 5

    def __init__(self, node: "Node", board: "SleepingBoard", config: "Json") -> None:
        self._node = node
        self._board = board
        self._failures = 0
        self._retry_at: "int | None" = None
        self._slept = False
        self._woke_at = 0
        pins = config.get("pins", {})
        limits = {}
        for name in pins:
            if name not in _WAKERS and name not in _RESTING.split():
                limits[name] = AWAKE
        for each in node.transports:
            if each.bearer.name not in _BEARERS:
                limits[each.bearer.name] = AWAKE
        for name in _WAKERS:
            pin = pins.get(name)
            if pin is not None:
                if isinstance(pin, dict):
                    if pin.get("electronic"):
                        raise ValueError("pins.%s.electronic: its counter stops in sleep" % name)
                    pin = pin["number"]
                board.wakers.append(pin)
                limits[name] = deepest(name, board.ends_deep_sleep(pin), False)
        self._plan = SleepPlan(config["power"], limits)
        self._is_awoken = board.reset_cause() == codes.DEEP_SLEEP
        if self._is_awoken:
            self._resume_count()

    def restart(self, now: int) -> None:
        """Go on after a deep sleep that did not come about."""
        for part in self._node.parts:
            if isinstance(part, Way):
                part.restart(now)

    def poll(self, now: int) -> None:
        """Sleep, if there is nothing else to do."""
        self._slept = False
        if self._is_awoken:
            # A deep sleep only begins once all this is proven.
            self._is_awoken = False
            self._node.when_proven.clear()
        deadline = self._deadline(now)
        busy_until = now + self.period_ms if self._is_busy(now) else None
        limit = DEEP if self._can_restart(now) else LIGHT
        mode, until, _ = self._plan.decide(now, deadline, busy_until, limit)
        if mode == DEEP:
            self._sleep_deeply(until - now, now)
        if mode != AWAKE:
            self._slept = True
            self._sleep_lightly(until, now)

    def next_deadline(self) -> "int | None":
        """Return 0 after a sleep: the others do what is due first, being later still."""
        return 0 if self._slept else None

    def _is_busy(self, now: int) -> bool:
        node = self._node
        if node.reason_to_end or self._board.console_open:
            return True
        for ran_at in node.supervisor.ran_at.values():
            if ran_at < self._woke_at:
                # A vital part that does not come through must be found stuck by the watchdog.
                return True
        for part in node.parts:
            is_busy = getattr(part, "is_busy", None)
            if is_busy is not None and is_busy():
                return True
        for each in self._node.transports:
            due = each.next_deadline()
            if due is not None and (each.is_up or due - now <= WORK_MS):
                return True
        return now - node.inbox.busy_at >= upkeep.QUIET_MS and node.store.tidy()

    def _can_restart(self, now: int) -> bool:
        node = self._node
        link = node.core.device.link
        if node.when_proven or self._retry_at is not None:
            return False
        is_timing = getattr(node.core.device.app, "is_timing", None)
        if is_timing is not None and is_timing():
            return False
        # Anything else that the link waits for is a message under way.
        if link.next_deadline() != link.association.next_deadline():
            return False
        for part in node.parts:
            if hasattr(part, "next_wake"):
                # It counts from the start.
                return False
        for each in node.transports:
            if not each.is_up:
                return False
        return self._board.can_wake()

    def _deadline(self, now: int) -> "int | None":
        """Return the earliest of what the parts wait for, None when they wait for nothing."""
        node = self._node
        times = [node.core.next_deadline(), self._next_upkeep(now), self._next_retry(now)]
        for each in self._node.transports:
            times.append(each.next_deadline())
        for part in node.parts:
            next_wake = getattr(part, "next_wake", None)
            if next_wake is not None:
                times.append(next_wake(now))
        lamps = [output.driver for output in node.wiring.outputs.values()]
        for place, driver in enumerate(node.wiring.drivers):
            _, rests_until = node.wiring.resting.get(place, (0, 0))
            next_wake = getattr(driver, "next_wake", None)
            if now < rests_until:
                times.append(rests_until)
            elif next_wake is not None:
                times.append(next_wake(now))
            else:
                at = driver.next_deadline()  # type: ignore[attr-defined]
                if at is not None and (at <= now or driver in lamps):
                    times.append(at)
        known = [at for at in times if at is not None]
        return min(known) if known else None

    def _next_upkeep(self, now: int) -> "int | None":
        node = self._node
        unix_s = node.clock.unix(now)
        known_s = self._board.unix_s()
        if unix_s is not None and (known_s is None or abs(known_s - unix_s) >= upkeep.CLOCK_STEP_S):
            return now + upkeep.PERIOD_MS
        if node.when_proven and node.core.device.link.heard_on is not None:
            return max(now + upkeep.PERIOD_MS, upkeep.PROVEN_MS)
        return None

    def _next_retry(self, now: int) -> "int | None":
        """Return when a part that has failed is started again, at the latest."""
        counts = self._node.supervisor.failures.values()
        if sum(counts) != self._failures:
            self._failures = sum(counts)
            self._retry_at = now + min(FIRST_RETRY_MS << min(max(counts), 6), LAST_RETRY_MS)
        elif self._retry_at is not None and self._retry_at <= now:
            self._retry_at = None
        return self._retry_at

    def _sleep_lightly(self, until: int, now: int) -> None:
        ran_at = self._node.supervisor.ran_at
        changed = False
        while now < until and not changed:
            self._feed(now)
            changed = self._board.light_sleep(min(until - now, PIECE_MS))
            now = self._node.now()
            for name in ran_at:
                # The sleep is not the time of being stuck.
                ran_at[name] = now - 1
        self._woke_at = now

    def _sleep_deeply(self, ms: int, now: int) -> None:
        """Return only if the session could not go on: another join costs more than light sleep."""
        node = self._node
        if not node.core.device.suspend(now):
            return
        counter = self._counter()
        if counter is not None:
            node.store.retain(_COUNT, counter.last.to_bytes(4, "big"))
        for each in self._node.transports:
            each.stop()
        self._board.deep_sleep(ms)

    def _resume_count(self) -> None:
        count = self._node.store.retained(_COUNT)
        counter = self._counter()
        if count and counter is not None:
            counter.last = int.from_bytes(count, "big")

    def _counter(self) -> "PulseCounter | None":
        for driver in self._node.wiring.drivers:
            if hasattr(driver, "last"):
                return driver  # type: ignore[return-value]
        return None

    def _feed(self, now: int) -> None:
        for part in self._node.parts:
            if part.name == "watchdog":
                part.poll(now)
