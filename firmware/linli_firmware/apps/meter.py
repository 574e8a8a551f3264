"""Water meter: pulses to volume, frozen registers, leak and other alarms, reports.

Pulses count from the first moment; registers freeze once the time is known. After a gap the missed
hours are frozen with the totals found, so that the registers have no holes. Forward and reverse
volume are counted apart and neither ever falls.
"""

from linli_protocol import codes, deltas, messages

from ..actions import Send
from ..clock import DAY_S
from ..dates import date_of
from ..debounce import Debounce
from ..spread import spread
from . import app
from .burst import SLOTS, Burst
from .leak import HourRuns
from .registers import DAILY, HOUR_S, HOURLY, KEPT, MONTHLY, Registers
from .totals import Totals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from linli_protocol.types import Fields

    from ..clock import Clock
    from ..types import Config, Store

# Source where none is named: our default.
DEFAULTS = {
    "device": 0,
    "events_kept": 512,
    "pulse_ml": 1000,
    # What may be lost where there is no retained memory; see `totals`.
    "checkpoint_l": 10,
    # At least one report a day: vendors' practice. Each device has its own time within it.
    "report_interval_s": DAY_S,
    # No hour without flow in 24; an hour of no more than the threshold counts as one without.
    "leak_hours": 24,
    "leak_threshold_ml": 0,
    # Flow over X for 30 min: vendors' practice; X is 40 % of Q3 = 2.5 m3/h (DN 15).
    "burst_l_per_h": 1000,
    "burst_s": 1800,
    # Less is a pressure surge pushing the wheel back; it ends after an hour without.
    "reverse_l": 10,
    "reverse_quiet_s": HOUR_S,
    "dry_days": 30,
    # A lithium thionyl chloride cell of 3.6 V near its end.
    "battery_low_mv": 3300,
    "battery_restored_mv": 3400,
    "tamper_steady_ms": 100,
}

REPORT_TOKEN = -2
_BATCH = 24
_REPORTED = "meter.reported"

_URGENT = (codes.TAMPER,)

_FREEZE = app.FIRST_TIMER
_REPORT = _FREEZE + 1
_BURST = _FREEZE + 2
_REVERSE = _FREEZE + 3
_TAMPER = _FREEZE + 4
# A meter with more to it numbers its timers from here.
NEXT_TIMER = _FREEZE + 5


class Meter(app.App):
    """A meter without outputs; `defaults` is DEFAULTS or, for another kind of meter, its own.

    The codes.FLAG_* bits of a reading are the events' state: each begins and ends with an event.
    ValueError names the setting that is unknown or out of range.
    """

    def __init__(
        self, config: "Config", store: "Store", clock: "Clock", defaults: "Config" = DEFAULTS
    ) -> None:
        super().__init__(defaults, config, store, clock, _URGENT)
        settings = self.config
        for key in ("pulse_ml", "checkpoint_l", "report_interval_s", "leak_hours", "dry_days"):
            if settings.get(key, 1) < 1:
                raise ValueError(key + ": at least 1")
        self._registers = Registers(store)
        frozen = self._registers.last(HOURLY)
        self._totals = Totals(store, settings["checkpoint_l"] * 1000, frozen)
        self._frozen_hour = frozen[0] // HOUR_S if frozen else None
        self._hour_start_ml = frozen[1] if frozen else self._totals.forward_ml
        self._dry_hours = settings["dry_days"] * 24
        self._runs = HourRuns(
            self._registers,
            settings["leak_threshold_ml"],
            max(settings["leak_hours"], self._dry_hours),
        )
        self._burst = Burst(settings["burst_l_per_h"], settings["burst_s"])
        self._reverse_ml = 0
        self._tamper = Debounce(settings["tamper_steady_ms"], self._has(codes.FLAG_TAMPER))
        reported = store.get(_REPORTED)
        self._reported = int.from_bytes(reported, "big") if reported else 0
        self._batch_end = 0
        self._under_way = False
        self._report_due_s: "int | None" = None
        self._logs[codes.HOURLY_REGISTERS] = HOURLY
        self._logs[codes.DAILY_REGISTERS] = DAILY
        self._logs[codes.MONTHLY_REGISTERS] = MONTHLY
        self._due.update(
            {
                _FREEZE: self._freeze,
                _REPORT: self._report,
                _BURST: self._burst_slot,
                _REVERSE: self._reverse_over,
                _TAMPER: self._tamper_steady,
            }
        )
        self._operations[codes.READ_NOW] = self._read_now

    @property
    def forward_ml(self) -> int:
        """The total that has flowed forward."""
        return self._totals.forward_ml

    @property
    def reverse_ml(self) -> int:
        """The total that has flowed backward."""
        return self._totals.reverse_ml

    @property
    def flags(self) -> int:
        """The codes.FLAG_* conditions that hold."""
        return self.events.state

    def is_timing(self) -> bool:
        """Tell whether a flow is being timed, which a restart would forget."""
        return self._timers.running(_BURST) or self._timers.running(_REVERSE)

    def count_pulses(self, count: int, now: int) -> None:
        """Take forward pulses since the last call."""
        self._advance(now)
        if count:
            self._flow(count * self.config["pulse_ml"], now)

    def count_reverse_pulses(self, count: int, now: int) -> None:
        """Take backward pulses since the last call."""
        self._advance(now)
        if not count:
            return
        volume_ml = count * self.config["pulse_ml"]
        self._totals.add(0, volume_ml)
        self._reverse_ml += volume_ml
        self._timers.set(_REVERSE, now + self.config["reverse_quiet_s"] * 1000)
        if self._reverse_ml >= self.config["reverse_l"] * 1000:
            self._condition(codes.FLAG_REVERSE, True, codes.REVERSE_FLOW, self._unix(now))

    def set_tamper(self, active: bool, now: int) -> None:
        """Take the level of the tamper contact (cover, magnet)."""
        self._advance(now)
        accept_at = self._tamper.sample(active, now)
        if accept_at is None:
            self._timers.cancel(_TAMPER)
        else:
            self._timers.set(_TAMPER, accept_at)

    def set_battery(self, battery_mv: int, now: int) -> None:
        """Take the battery's voltage."""
        self._advance(now)
        self._battery_mv = battery_mv
        was_low = self._has(codes.FLAG_BATTERY_LOW)
        limit_mv = self.config["battery_restored_mv" if was_low else "battery_low_mv"]
        is_low = battery_mv < limit_mv
        code = codes.BATTERY_LOW if is_low else codes.BATTERY_RESTORED
        self._condition(codes.FLAG_BATTERY_LOW, is_low, code, self._unix(now), battery_mv)

    def on_outcome(self, token: int, delivered: bool, now: int) -> None:
        """Take what became of the Send with `token`."""
        super().on_outcome(token, delivered, now)
        if token == REPORT_TOKEN:
            if delivered:
                self._reported = self._batch_end
                self._store.put(_REPORTED, self._reported.to_bytes(4, "big"))
            self._under_way = False
            if delivered:
                self._send_batch()

    def on_time(self, now: int) -> None:
        """Take note that the clock was set."""
        super().on_time(now)
        self._clock_known(now)

    def _begin(self, now: int) -> None:
        # What was going on when the device stopped must be seen to go on, or else it ends.
        if self._has(codes.FLAG_BURST):
            self._timers.set(_BURST, now + self._burst.slot_ms)
        if self._has(codes.FLAG_REVERSE):
            self._timers.set(_REVERSE, now + self.config["reverse_quiet_s"] * 1000)
        self._clock_known(now)

    def _flow(self, volume_ml: int, now: int) -> None:
        self._totals.add(volume_ml, 0)
        self._burst.add(volume_ml)
        if not self._timers.running(_BURST):
            self._timers.set(_BURST, now + self._burst.slot_ms)
        if self._has(codes.FLAG_DRY):
            self._condition(codes.FLAG_DRY, False, codes.DRY_ENDED, self._unix(now))

    def _clock_known(self, now: int) -> None:
        unix_s = self._clock.unix(now)
        if unix_s is not None:
            self._freeze(now)
            if self._report_due_s is not None and unix_s >= self._report_due_s:
                # A step of the clock went over it.
                self._report(now)
            else:
                self._plan_report(now)

    def _known_unix(self, at: int) -> int:
        unix_s = self._clock.unix(at)
        assert unix_s is not None, "registers and reports wait until the time is known"
        return unix_s

    def _has(self, flag: int) -> bool:
        return bool(self.events.state & flag)

    def _condition(
        self, flag: int, holds: bool, code: int, unix_s: int, detail: "int | None" = None
    ) -> None:
        if self._has(flag) != holds:
            self.events.append(code, unix_s, None, detail, self.events.state ^ flag)
            self._send_reading(unix_s)

    def _send_reading(self, unix_s: int) -> None:
        fields: "Fields" = {
            "time": unix_s,
            "volume_l": self.forward_ml // 1000,
            "flags": self.flags,
            "battery_mv": self._battery_mv,
        }
        if self.reverse_ml:
            fields["reverse_l"] = self.reverse_ml // 1000
        self._actions.append(Send(messages.READING, fields))

    # Registers and what follows from them.

    def _freeze(self, at: int) -> None:
        hour = self._known_unix(at) // HOUR_S
        frozen = self._frozen_hour
        if frozen is None or hour < frozen - 1:
            # The first time known, or a clock set back beyond its drift: begin here.
            frozen = hour
        for each in range(max(frozen + 1, hour - KEPT[HOURLY]), hour + 1):
            self._freeze_hour(each, at)
        self._frozen_hour = max(hour, frozen)
        self._timers.set(_FREEZE, self._clock.when((self._frozen_hour + 1) * HOUR_S))

    def _freeze_hour(self, hour: int, at: int) -> None:
        unix_s = hour * HOUR_S
        forward_ml = self._totals.forward_ml
        self._runs.add(forward_ml - self._hour_start_ml)
        self._hour_start_ml = forward_ml
        leaks = self._runs.flow_hours >= self.config["leak_hours"]
        if leaks:
            self._condition(codes.FLAG_LEAK, True, codes.LEAK, unix_s)
        elif not self._runs.flow_hours:
            self._condition(codes.FLAG_LEAK, False, codes.LEAK_ENDED, unix_s)
        if self._runs.zero_hours >= self._dry_hours:
            self._condition(codes.FLAG_DRY, True, codes.DRY, unix_s)
        before = self._clock.local(unix_s - HOUR_S)
        local_s = self._clock.local(unix_s)
        if local_s // DAY_S > before // DAY_S:
            if date_of(local_s // DAY_S)[1] != date_of(before // DAY_S)[1]:
                self._freeze_once(MONTHLY, unix_s)
            self._freeze_once(DAILY, unix_s)
        # Last, because it says that all of the hour's work is done.
        self._registers.freeze(HOURLY, unix_s, forward_ml, self._totals.reverse_ml)
        self._totals.frozen()

    def _freeze_once(self, log: str, unix_s: int) -> None:
        last = self._registers.last(log)
        if last is None or last[0] != unix_s:
            self._registers.freeze(log, unix_s, self._totals.forward_ml, self._totals.reverse_ml)

    def _burst_slot(self, at: int) -> None:
        flowed = self._burst.end_slot()
        if self._burst.over >= SLOTS:
            self._condition(codes.FLAG_BURST, True, codes.BURST, self._unix(at))
        elif not self._burst.over:
            self._condition(codes.FLAG_BURST, False, codes.BURST_ENDED, self._unix(at))
        if flowed:
            self._timers.set(_BURST, at + self._burst.slot_ms)

    def _reverse_over(self, at: int) -> None:
        self._reverse_ml = 0
        self._condition(codes.FLAG_REVERSE, False, codes.REVERSE_FLOW_ENDED, self._unix(at))

    def _tamper_steady(self, at: int) -> None:
        self._tamper.accept()
        active = self._tamper.level is True
        code = codes.TAMPER if active else codes.TAMPER_ENDED
        self._condition(codes.FLAG_TAMPER, active, code, self._unix(at))

    # Reports.

    def _plan_report(self, now: int) -> None:
        interval_s = self.config["report_interval_s"]
        offset_s = spread(self.config["device"], interval_s)
        unix_s = self._known_unix(now)
        next_s = (unix_s - offset_s) // interval_s * interval_s + interval_s + offset_s
        self._report_due_s = next_s
        self._timers.set(_REPORT, self._clock.when(next_s))

    def _report(self, at: int) -> None:
        if not self._under_way:
            self._send_batch()
        self._plan_report(at)

    def _send_batch(self) -> None:
        """Send the oldest registers not yet delivered, up to a day's, as one row without gaps."""
        litres: "list[int]" = []
        newest = newest_s = 0
        for index, time_s, forward_ml in self._registers.since(HOURLY, self._reported):
            if litres and time_s - newest_s != HOUR_S:
                if len(litres) > 1:
                    break
                litres = []
            litres.append(forward_ml // 1000)
            newest = index
            newest_s = time_s
            if len(litres) > _BATCH:
                break
        if len(litres) < 2:
            return
        # The next row begins with this one's last register.
        self._batch_end = newest
        self._under_way = True
        steps = [litres[i + 1] - litres[i] for i in range(len(litres) - 1)]
        fields = {"time": newest_s, "volume_l": litres[-1], "deltas": deltas.encode(steps)}
        self._actions.append(Send(messages.READINGS, fields, None, REPORT_TOKEN))

    def _read_now(self, argument: "int | None", number: "int | None", now: int) -> int:
        self._send_reading(self._unix(now))
        return codes.DONE
