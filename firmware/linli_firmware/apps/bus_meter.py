"""A water meter whose volume is read from a meter on the node's bus instead of counted in pulses.

The register is the meter's total plus an offset, and only the offset is kept, written when a meter
is first read or replaced. So whatever was used while the node was off is there with the next
reading, once, and no power cut can lose or repeat a litre.

A checksum of 8 bits lets a wrong total through now and then. A total that does not follow from the
one before therefore counts only when the next one confirms it.
"""

from linli_protocol import codes

from ..actions import Output
from . import meter, valve
from .meter import Meter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..clock import Clock
    from ..types import Config, Store

# Source: our defaults.
DEFAULTS: "Config" = dict(meter.DEFAULTS)
del DEFAULTS["pulse_ml"]
DEFAULTS.update(
    {
        "has_valve": False,
        "valve_travel_s": 60,
        # Two hours of full flow through a household's meter (Q3 = 2.5 m3/h); further ahead than
        # this a total has to be seen twice.
        "ahead_l": 5000,
        # A dial may run back a little; further behind than this it is another meter's.
        "behind_l": 100,
    }
)

_OFFSET = "bus.offset"
_TARGET = "bus.valve"

# A state of the event log beyond the flags that a reading has room for.
_ABSENT = 0x100

_TRAVEL = meter.NEXT_TIMER


class BusMeter(Meter):
    """A meter that is told totals; output "valve" (see `valve`) asks for a position, never stops.

    Nothing is registered or reported before the first total, with which the register begins, or
    continues where it stood when it was ahead. A command's result says that it was taken, VALVE_*
    what the meter's status says then. METER_REPLACED carries the new meter's total in l; if power
    fails within it, it may come twice. ValueError names the setting that is wrong.
    """

    def __init__(self, config: "Config", store: "Store", clock: "Clock") -> None:
        super().__init__(config, store, clock, DEFAULTS)
        offset = store.get(_OFFSET)
        self._offset_ml = int(offset) if offset else None
        self._doubtful_ml: "int | None" = None
        target = store.get(_TARGET)
        self._target = target[0] if target else valve.STOPPED
        self._fault_seen = False
        self._due[_TRAVEL] = self._stalled
        if self.config["has_valve"]:
            self._operations[codes.OPEN_VALVE] = self._open
            self._operations[codes.CLOSE_VALVE] = self._close

    @property
    def flags(self) -> int:
        """The codes.FLAG_* conditions that hold."""
        return self.events.state & 0xFF

    def set_total(self, total_ml: int, now: int) -> None:
        """Take the total that the meter shows."""
        self._advance(now)
        if self._offset_ml is None:
            self._start(total_ml, now)
            return
        ahead_ml = total_ml + self._offset_ml - self.forward_ml
        if ahead_ml > self.config["ahead_l"] * 1000 or ahead_ml < -self.config["behind_l"] * 1000:
            ahead_ml = self._confirmed(total_ml, ahead_ml, now)
        else:
            self._doubtful_ml = None
        if ahead_ml > 0:
            self._flow(ahead_ml, now)

    def set_present(self, present: bool, now: int) -> None:
        """Take whether the meter answers."""
        self._advance(now)
        code = codes.METER_RETURNED if present else codes.METER_ABSENT
        self._condition(_ABSENT, not present, code, self._unix(now))

    def set_meter_battery(self, is_low: bool, now: int) -> None:
        """Take what the meter says of its battery."""
        self._advance(now)
        code = codes.BATTERY_LOW if is_low else codes.BATTERY_RESTORED
        self._condition(codes.FLAG_BATTERY_LOW, is_low, code, self._unix(now))

    def set_valve(self, position: "int | None", now: int) -> None:
        """Take where the valve stands: valve.OPEN, valve.CLOSED or None for a fault."""
        self._advance(now)
        if position is None:
            self._fault_seen = True
            if not self._has(codes.FLAG_VALVE_FAULT):
                self._stalled(now)
            return
        arrived = position == self._target
        if arrived:
            self._settle()
        elif self._target != valve.STOPPED:
            # Still where it came from.
            return
        closed = position == valve.CLOSED
        moved = closed != self._has(codes.FLAG_VALVE_CLOSED)
        state = self.events.state
        if arrived or moved or self._fault_seen:
            # A travel without arrival is a fault until the valve is seen to move.
            state &= ~codes.FLAG_VALVE_FAULT
        self._fault_seen = False
        if moved:
            state ^= codes.FLAG_VALVE_CLOSED
        if state != self.events.state:
            code = codes.VALVE_CLOSED if closed else codes.VALVE_OPENED
            self.events.append(code, self._unix(now), None, None, state)
            self._send_reading(self._unix(now))

    def _begin(self, now: int) -> None:
        if self._target != valve.STOPPED:
            self._turn(self._target, now)
        super()._begin(now)

    def _clock_known(self, now: int) -> None:
        if self._offset_ml is not None:
            super()._clock_known(now)

    def _send_reading(self, unix_s: int) -> None:
        if self._offset_ml is not None:
            super()._send_reading(unix_s)

    def _read_now(self, argument: "int | None", number: "int | None", now: int) -> int:
        if self._offset_ml is None:
            return codes.FAILED
        return super()._read_now(argument, number, now)

    def _start(self, total_ml: int, now: int) -> None:
        # The total first: with the offset alone, the register would begin at 0.
        self._totals.add(max(total_ml - self.forward_ml, 0), 0)
        self._hour_start_ml = self.forward_ml
        self._keep_offset(self.forward_ml - total_ml)
        self._clock_known(now)

    def _confirmed(self, total_ml: int, ahead_ml: int, now: int) -> int:
        """Return the volume to count for a total that does not follow from the register."""
        before_ml = self._doubtful_ml
        limit_ml = self.config["ahead_l"] * 1000
        if before_ml is None or not 0 <= total_ml - before_ml <= limit_ml:
            self._doubtful_ml = total_ml
            return 0
        self._doubtful_ml = None
        if ahead_ml >= 0:
            return ahead_ml
        unix_s = self._unix(now)
        self.events.append(codes.METER_REPLACED, unix_s, None, total_ml // 1000)
        self._keep_offset(self.forward_ml - before_ml)
        return total_ml - before_ml

    def _keep_offset(self, offset_ml: int) -> None:
        self._store.put(_OFFSET, str(offset_ml).encode())
        self._offset_ml = offset_ml

    def _open(self, argument: "int | None", number: "int | None", now: int) -> int:
        return self._command_valve(valve.OPEN, now)

    def _close(self, argument: "int | None", number: "int | None", now: int) -> int:
        return self._command_valve(valve.CLOSED, now)

    def _command_valve(self, target: int, now: int) -> int:
        # Kept until the meter's status shows it: a restart asks again.
        self._store.put(_TARGET, bytes((target,)))
        self._turn(target, now)
        return codes.DONE

    def _turn(self, target: int, now: int) -> None:
        self._target = target
        self._actions.append(Output("valve", target))
        self._timers.set(_TRAVEL, now + self.config["valve_travel_s"] * 1000)

    def _settle(self) -> None:
        self._target = valve.STOPPED
        self._store.delete(_TARGET)
        self._timers.cancel(_TRAVEL)

    def _stalled(self, at: int) -> None:
        state = self.events.state | codes.FLAG_VALVE_FAULT
        self.events.append(codes.VALVE_STALLED, self._unix(at), None, self._target, state)
        self._send_reading(self._unix(at))
        if self._target != valve.STOPPED:
            self._settle()
