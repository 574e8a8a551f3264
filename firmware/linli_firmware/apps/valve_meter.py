"""A water meter with a shut-off valve: commands, end stops, stalls, the monthly exercise."""

from linli_protocol import codes

from ..actions import Output
from ..clock import DAY_S
from ..dates import date_of
from ..spread import spread
from . import meter, valve
from .meter import Meter
from .registers import HOUR_S
from .valve import Valve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..clock import Clock
    from ..types import Config, Store

# Source: our defaults.
DEFAULTS: "Config" = dict(meter.DEFAULTS)
DEFAULTS.update({"valve_travel_s": 30, "close_on_low_battery": False})

# The local hour of the monthly exercise, when the least water is drawn.
EXERCISE_HOUR = 3

_TRAVEL = meter.NEXT_TIMER


class ValveMeter(Meter):
    """A meter whose output is "valve" (see `valve`).

    A command's result says that the motor turns; a VALVE_* event says where it got to.
    ValueError names the setting that is unknown or out of range.
    """

    def __init__(self, config: "Config", store: "Store", clock: "Clock") -> None:
        super().__init__(config, store, clock, DEFAULTS)
        self._valve = Valve(store, self._actions)
        self._due[_TRAVEL] = self._stalled
        self._operations[codes.OPEN_VALVE] = self._open
        self._operations[codes.CLOSE_VALVE] = self._close
        self._operations[codes.EXERCISE_VALVE] = self._exercise

    def set_valve_ends(self, at_open: bool, at_closed: bool, now: int) -> None:
        """Take the levels of the end stops, at the start and whenever one changes."""
        self._advance(now)
        adrift = self._valve.position is None and self._valve.target == valve.STOPPED
        reached = self._valve.set_ends(at_open, at_closed)
        if reached:
            self._timers.cancel(_TRAVEL)
            if self._valve.exercising and self._valve.position != self._valve.resting:
                self._travel(self._valve.go_to_rest(), now)
                return
            self._valve.exercising = False
        elif adrift and not self._has(codes.FLAG_VALVE_FAULT):
            self._travel(self._valve.go_to_rest(), now)
        if self._valve.target == valve.STOPPED and self._valve.position is not None:
            self._settled(now)

    def report_valve_stall(self, now: int) -> None:
        """Take that the motor's current says it is blocked."""
        self._advance(now)
        if self._valve.target != valve.STOPPED:
            self._timers.cancel(_TRAVEL)
            self._stalled(now)

    def set_battery(self, battery_mv: int, now: int) -> None:
        """Take the battery's voltage; the valve may close while there is power to do so."""
        was_low = self._has(codes.FLAG_BATTERY_LOW)
        super().set_battery(battery_mv, now)
        went_low = self._has(codes.FLAG_BATTERY_LOW) and not was_low
        if went_low and self.config["close_on_low_battery"]:
            self._travel(self._valve.rest_at(valve.CLOSED), now)

    def _begin(self, now: int) -> None:
        self._actions.append(Output("valve", valve.STOPPED))
        super()._begin(now)

    def _freeze_hour(self, hour: int, at: int) -> None:
        super()._freeze_hour(hour, at)
        local_s = self._clock.local(hour * HOUR_S)
        day_of_month = 1 + spread(self.config["device"], 28)
        if (
            local_s % DAY_S // HOUR_S == EXERCISE_HOUR
            and date_of(local_s // DAY_S)[2] == day_of_month
        ):
            self._exercise(None, None, at)

    def _open(self, argument: "int | None", number: "int | None", now: int) -> int:
        self._travel(self._valve.rest_at(valve.OPEN), now)
        return codes.DONE

    def _close(self, argument: "int | None", number: "int | None", now: int) -> int:
        self._travel(self._valve.rest_at(valve.CLOSED), now)
        return codes.DONE

    def _exercise(self, argument: "int | None", number: "int | None", now: int) -> int:
        turns = self._valve.exercise()
        self._travel(turns, now)
        return codes.DONE if turns else codes.FAILED

    def _travel(self, turns: bool, now: int) -> None:
        if turns:
            self._timers.set(_TRAVEL, now + self.config["valve_travel_s"] * 1000)

    def _settled(self, now: int) -> None:
        state = self.events.state & ~(codes.FLAG_VALVE_CLOSED | codes.FLAG_VALVE_FAULT)
        closed = self._valve.position == valve.CLOSED
        if closed:
            state |= codes.FLAG_VALVE_CLOSED
        if state != self.events.state:
            code = codes.VALVE_CLOSED if closed else codes.VALVE_OPENED
            self.events.append(code, self._unix(now), None, None, state)
            self._send_reading(self._unix(now))

    def _stalled(self, at: int) -> None:
        state = self.events.state | codes.FLAG_VALVE_FAULT
        self.events.append(codes.VALVE_STALLED, self._unix(at), None, self._valve.target, state)
        self._send_reading(self._unix(at))
        self._valve.stop()
        if self._valve.exercising:
            # Water must not stay shut off because of an exercise: one try to come back.
            self._valve.exercising = False
            self._travel(self._valve.go_to_rest(), at)
