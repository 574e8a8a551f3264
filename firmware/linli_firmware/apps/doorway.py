"""The strike and the contact of a door: released for a reason only, watched always.

Nothing here knows whether the hub can be reached, so neither losing nor regaining it can release
the door (IEC 60839-11-1, Table 7, lines 20 and 21). The strike is released only after the event
that says why has been written; should that fail, the exit button still has its driver.
"""

from linli_protocol import codes

from .. import patterns
from ..actions import Output
from ..debounce import Debounce
from . import app

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..clock import Clock
    from ..types import Config, Store

# Source where none is named: our default.
DEFAULTS = {
    "device": 0,
    # 120 h (IEC 60839-11-1, Table 7, line 17) of a door with 2000 events a day.
    "events_kept": 10000,
    # At least 3 s: IEC 60839-11-1, Table 2.
    "release_s": 5,
    # At least 10 s recommended: IEC 60839-11-1, Table 2.
    "permitted_open_s": 10,
    # Inputs active for more than 400 ms must be processed: IEC 60839-11-1, Table 2. A door rattles
    # in its frame for longer than a push button bounces.
    "contact_steady_ms": 100,
    "tamper_steady_ms": 100,
    "exit_steady_ms": 50,
}

MIN_RELEASE_S = 3
MAX_RELEASE_S = 255
MAX_STEADY_MS = 400

# State bits kept with each event, in the low byte.
FORCED = 1
HELD = 2
TAMPER = 4
EMERGENCY = 8
MAINS_FAILED = 16

_URGENT = (codes.DURESS, codes.FORCED, codes.TAMPER)

_CONTACT = app.FIRST_TIMER
_EXIT = _CONTACT + 1
_TAMPER = _CONTACT + 2
_RELEASE_END = _CONTACT + 3
_NOT_OPENED = _CONTACT + 4
_HELD = _CONTACT + 5
# What decides numbers its own timers from here.
NEXT_TIMER = _CONTACT + 6


class Doorway(app.App):
    """A door that opens from within and by command. Outputs: "strike" (1 released, 0 locked), "led"
    and "buzzer" (see `patterns`).

    ValueError names the setting that is unknown or out of range.
    """

    def __init__(
        self, config: "Config", store: "Store", clock: "Clock", defaults: "Config" = DEFAULTS
    ) -> None:
        super().__init__(defaults, config, store, clock, _URGENT)
        settings = self.config
        if not MIN_RELEASE_S <= settings["release_s"] <= MAX_RELEASE_S:
            raise ValueError("release_s: 3 to 255 (IEC 60839-11-1, Table 2: at least 3 s)")
        for key in ("contact_steady_ms", "tamper_steady_ms", "exit_steady_ms"):
            if settings[key] > MAX_STEADY_MS:
                raise ValueError(key + ": at most 400 (IEC 60839-11-1, Table 2)")
        self._contact = Debounce(settings["contact_steady_ms"], None)
        self._exit = Debounce(settings["exit_steady_ms"])
        self._tamper = Debounce(settings["tamper_steady_ms"], bool(self.events.state & TAMPER))
        self._released_until = -1
        self._due.update(
            {
                _CONTACT: self._contact_steady,
                _EXIT: self._exit_steady,
                _TAMPER: self._tamper_steady,
                _RELEASE_END: self._release_over,
                _NOT_OPENED: self._not_opened,
                _HELD: self._held_open,
            }
        )
        self._operations.update(
            {
                codes.RELEASE_DOOR: self._release_by_command,
                codes.EMERGENCY_RELEASE: self._emergency_release,
                codes.EMERGENCY_END: self._emergency_end,
            }
        )

    def set_contact(self, is_open: bool, now: int) -> None:
        """Take the level of the door contact, at the start and whenever it changes."""
        self._sample(self._contact, _CONTACT, is_open, now)

    def set_exit_button(self, pressed: bool, now: int) -> None:
        """Take the level of the request-to-exit button."""
        self._sample(self._exit, _EXIT, pressed, now)

    def set_tamper(self, active: bool, now: int) -> None:
        """Take the level of the tamper contact."""
        self._sample(self._tamper, _TAMPER, active, now)

    def set_mains(self, present: bool, now: int) -> None:
        """Take whether mains power is there."""
        self._advance(now)
        if present == bool(self.events.state & MAINS_FAILED):
            code = codes.MAINS_RESTORED if present else codes.MAINS_FAILED
            self._log(code, now, state=self.events.state ^ MAINS_FAILED)

    def _begin(self, now: int) -> None:
        emergency = self.events.state & EMERGENCY
        self._actions.append(Output("strike", 1 if emergency else 0))
        self._actions.append(Output("led", self._idle_led()))
        self._actions.append(Output("buzzer", patterns.OFF))

    def _sample(self, contact: Debounce, timer: int, level: bool, now: int) -> None:
        self._advance(now)
        accept_at = contact.sample(level, now)
        if accept_at is None:
            self._timers.cancel(timer)
        else:
            self._timers.set(timer, accept_at)

    def _log(
        self,
        code: int,
        at: int,
        subject: "int | None" = None,
        detail: "int | None" = None,
        state: "int | None" = None,
    ) -> None:
        self.events.append(code, self._unix(at), subject, detail, state)

    def _release(self, now: int, release_s: int) -> None:
        end = max(now + release_s * 1000, self._released_until)
        self._released_until = end
        self._timers.set(_RELEASE_END, end)
        self._actions.append(Output("strike", 1))
        self._actions.append(Output("buzzer", patterns.GRANTED))
        self._actions.append(Output("led", patterns.GRANTED))
        if self._contact.level is False:
            # An opening at the last moment counts once the contact has been steady.
            self._timers.set(_NOT_OPENED, end + self.config["contact_steady_ms"])
        elif self._timers.running(_HELD):
            self._timers.set(_HELD, now + self.config["permitted_open_s"] * 1000)

    def _release_over(self, at: int) -> None:
        if not self.events.state & EMERGENCY:
            self._actions.append(Output("strike", 0))
        self._actions.append(Output("led", self._idle_led()))

    def _idle_led(self) -> int:
        if self.events.state & EMERGENCY:
            return patterns.EMERGENCY
        return patterns.OFF

    def _not_opened(self, at: int) -> None:
        self._log(codes.NOT_OPENED, at)

    def _contact_steady(self, at: int) -> None:
        before = self._contact.level
        edge_at = self._contact.accept()
        state = self.events.state
        if not self._contact.level:
            self._timers.cancel(_HELD)
            if state & (FORCED | HELD):
                self._log(codes.SECURED, at, state=state & ~(FORCED | HELD))
                self._actions.append(Output("buzzer", patterns.OFF))
            return
        self._timers.cancel(_NOT_OPENED)
        if state & (EMERGENCY | FORCED | HELD):
            return
        # Who opened a door that is open when the device starts is not known: time it as permitted.
        if before is None or edge_at < self._released_until:
            self._timers.set(_HELD, edge_at + self.config["permitted_open_s"] * 1000)
        else:
            self._log(codes.FORCED, at, state=state | FORCED)
            self._actions.append(Output("buzzer", patterns.HELD_OPEN))

    def _held_open(self, at: int) -> None:
        self._log(codes.HELD_OPEN, at, state=self.events.state | HELD)
        self._actions.append(Output("buzzer", patterns.HELD_OPEN))

    def _exit_steady(self, at: int) -> None:
        self._exit.accept()
        if self._exit.level:
            self._log(codes.EXIT_REQUESTED, at)
            self._release(at, self.config["release_s"])

    def _tamper_steady(self, at: int) -> None:
        self._tamper.accept()
        code = codes.TAMPER if self._tamper.level else codes.TAMPER_ENDED
        self._log(code, at, state=self.events.state ^ TAMPER)

    def _release_by_command(self, argument: "int | None", number: "int | None", now: int) -> int:
        release_s = self.config["release_s"] if argument is None else argument
        if not MIN_RELEASE_S <= release_s <= MAX_RELEASE_S:
            return codes.FAILED
        self._log(codes.REMOTE_RELEASED, now, number, release_s)
        self._release(now, release_s)
        return codes.DONE

    def _emergency_release(self, argument: "int | None", number: "int | None", now: int) -> int:
        state = self.events.state
        if not state & EMERGENCY:
            self._log(codes.EMERGENCY_RELEASED, now, number, state=state | EMERGENCY)
            self._timers.cancel(_HELD)
            self._actions.append(Output("strike", 1))
            self._actions.append(Output("led", patterns.EMERGENCY))
        return codes.DONE

    def _emergency_end(self, argument: "int | None", number: "int | None", now: int) -> int:
        state = self.events.state
        if state & EMERGENCY:
            self._log(codes.EMERGENCY_ENDED, now, number, state=state & ~EMERGENCY)
            self._timers.cancel(_RELEASE_END)
            self._released_until = now
            self._actions.append(Output("strike", 0))
            self._actions.append(Output("led", patterns.OFF))
            if self._contact.level and not state & (FORCED | HELD):
                self._timers.set(_HELD, now + self.config["permitted_open_s"] * 1000)
        return codes.DONE
