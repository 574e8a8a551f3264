"""Panic button: one press, one incident, told to the centre until the centre says it has it.

A press is written to the store and then sent, in the same poll. Every press alarms, short or long,
for a frightened hand holds on. A test therefore needs something that no frightened hand does: a
magnet laid on the mark of the case opens a short time in which the first press is a test. A magnet
left there opens it only once.

The link repeats a message until the hub's end of it has taken it. That is not the centre. So the
app repeats the alarm as well: after a delivery, in steps that grow, until the centre reports it
received; and by the first step after the link has given up. While the link is still at it the app
sends nothing, so that the two do not multiply; presses meanwhile go out with the next message.

An alarm never waits for the clock: its time is 0 when there is none, and the hub's arrival time
stands in. Nothing on the device closes an incident; only the centre does.

Heartbeats have their times in the calendar once the time is known, so that a button which sleeps
deeply, each time to start anew, sends them all the same. Which one was sent last is kept.

Wear: 10 bytes for a press and for each step of its state, 4 bytes a heartbeat.
"""

import struct

from linli_protocol import codes, messages

from .. import patterns
from ..actions import Output, Send
from ..spread import spread
from . import app

TYPE_CHECKING = False
if TYPE_CHECKING:
    from linli_protocol.types import Fields

    from ..clock import Clock
    from ..types import Config, Store

# Source where none is named: our default.
DEFAULTS = {
    "device": 0,
    "events_kept": 256,
    # A button bounces for some 10 ms; the first edge counts at once, later ones wait this long.
    "bounce_ms": 50,
    # Presses are counted one by one but sent no closer than this.
    "press_interval_ms": 2000,
    # Time to an ALARM_STATUS after delivery, doubled with each repetition up to the greatest.
    "repeat_s": 10,
    "repeat_max_s": 120,
    # Reporting time at most 25 h: EN 50136-1, DP1.
    "heartbeat_s": 86400,
    "test_s": 30,
    # A CR123A cell of 3.0 V near its end.
    "battery_low_mv": 2600,
    "battery_restored_mv": 2750,
}

MAX_HEARTBEAT_S = 25 * 3600

# The token of an incident's Sends is this less its number.
ALARM_TOKEN = -3
_MAX_PRESSES = 255

BATTERY_LOW = 1

_INCIDENT = "panic.incident"
_BEAT = "panic.beat"
_LAYOUT = ">IIBB"

_ALARM = app.FIRST_TIMER
_HEARTBEAT = _ALARM + 1
_TEST = _ALARM + 2

# An incident's state before the centre has reported any of its states.
_UNHEARD = 0

# What an incident's state looks and sounds like: LED, buzzer.
_SHOWN = {
    _UNHEARD: (patterns.SENDING, patterns.SENDING),
    codes.RECEIVED: (patterns.RECEIVED, patterns.GRANTED),
    codes.HELP_COMING: (patterns.HELP_COMING, patterns.GRANTED),
    codes.CLOSED: (patterns.OFF, patterns.OFF),
}


class Panic(app.App):
    """A button. Outputs: "led" and "buzzer" (see `patterns`), which show an incident's state.

    ValueError names the setting that is out of range or unknown.
    """

    def __init__(self, config: "Config", store: "Store", clock: "Clock") -> None:
        super().__init__(DEFAULTS, config, store, clock)
        settings = self.config
        if not 0 < settings["heartbeat_s"] <= MAX_HEARTBEAT_S:
            raise ValueError("heartbeat_s: 1 to 90000 (EN 50136-1, DP1: 25 h)")
        if not 0 < settings["repeat_s"] <= settings["repeat_max_s"]:
            raise ValueError("repeat_s: 1 to repeat_max_s")
        # Before the first incident: number 0, closed.
        kept = store.get(_INCIDENT) or struct.pack(_LAYOUT, 0, 0, 0, codes.CLOSED)
        self._incident, self._time, self._presses, self._state = struct.unpack(_LAYOUT, kept)
        beat = store.get(_BEAT)
        self._beat_s = int.from_bytes(beat, "big") if beat else None
        self._presses_sent = 0
        self._under_way = False
        self._sent_at: "int | None" = None
        self._repeat_s: int = settings["repeat_s"]
        self._pressed = False
        self._edge_at: "int | None" = None
        self._magnet = False
        self._due.update({_ALARM: self._alarm, _HEARTBEAT: self._heartbeat, _TEST: self._test_over})

    @property
    def open_incident(self) -> "int | None":
        """The number of the incident that the centre has not closed, None when there is none."""
        return None if self._state == codes.CLOSED else self._incident

    def set_button(self, pressed: bool, now: int) -> None:
        """Take the level of the button whenever it changes."""
        self._advance(now)
        if pressed == self._pressed:
            return
        # Only an edge after quiet is a press; it counts at once, and its bounces do not.
        quiet = self._edge_at is None or now - self._edge_at >= self.config["bounce_ms"]
        self._pressed = pressed
        self._edge_at = now
        if pressed and quiet:
            self._press(now)

    def set_stuck(self, stuck: bool, now: int) -> None:
        """Take note that the button has been held for so long that it cannot alarm any more."""
        self._advance(now)
        self.events.append(codes.BUTTON_STUCK if stuck else codes.BUTTON_FREE, self._unix(now))

    def set_magnet(self, present: bool, now: int) -> None:
        """Take the level of the reed contact under the case's mark, whenever it changes."""
        self._advance(now)
        if present and not self._magnet and self._state == codes.CLOSED:
            self._timers.set(_TEST, now + self.config["test_s"] * 1000)
            self._actions.append(Output("led", patterns.TESTING))
        self._magnet = present

    def set_battery(self, battery_mv: int, now: int) -> None:
        """Take the battery's voltage."""
        self._advance(now)
        self._battery_mv = battery_mv
        was_low = bool(self.events.state & BATTERY_LOW)
        limit_mv = self.config["battery_restored_mv" if was_low else "battery_low_mv"]
        is_low = battery_mv < limit_mv
        if is_low != was_low:
            code = codes.BATTERY_LOW if is_low else codes.BATTERY_RESTORED
            state = self.events.state ^ BATTERY_LOW
            self.events.append(code, self._unix(now), None, battery_mv, state)

    def on_message(self, kind: int, fields: "Fields", now: int) -> None:
        """Take a decoded message from the hub."""
        super().on_message(kind, fields, now)
        if kind != messages.ALARM_STATUS or fields["incident"] != self._incident:
            return
        # A later state includes the earlier ones, so that what arrives late changes nothing.
        if self._state < fields["state"] <= codes.CLOSED:
            self._state = fields["state"]
            self._keep()
            self._show()
            if self._state == codes.CLOSED or self._presses_sent == self._presses:
                self._timers.cancel(_ALARM)

    def on_outcome(self, token: int, delivered: bool, now: int) -> None:
        """Take what became of the Send with `token`."""
        super().on_outcome(token, delivered, now)
        if token != ALARM_TOKEN - self._incident:
            return
        self._under_way = False
        if self._state == codes.CLOSED:
            return
        if not delivered:
            self._timers.set(_ALARM, now + self.config["repeat_s"] * 1000)
        elif self._presses_sent != self._presses:
            self._send_soon(now)
        elif self._state == _UNHEARD:
            self._timers.set(_ALARM, now + self._repeat_s * 1000)
            self._repeat_s = min(self._repeat_s * 2, self.config["repeat_max_s"])

    def on_time(self, now: int) -> None:
        """Take note that the clock was set."""
        super().on_time(now)
        self._plan_heartbeat(now)

    def _begin(self, now: int) -> None:
        self._plan_heartbeat(now)
        self._show()
        if self._state == _UNHEARD:
            self._alarm(now)

    def _press(self, now: int) -> None:
        if self._timers.running(_TEST):
            self._timers.cancel(_TEST)
            self.events.append(codes.TEST_PRESSED, self._unix(now))
            self._actions.append(Output("buzzer", patterns.TESTING))
            self._show_led()
        elif self._state == codes.CLOSED:
            self._incident += 1
            self._time = self._unix(now)
            self._presses = 1
            self._state = _UNHEARD
            self._repeat_s = self.config["repeat_s"]
            self._keep()
            self._alarm(now)
            self._show()
        else:
            self._presses = min(self._presses + 1, _MAX_PRESSES)
            self._keep()
            if not self._under_way:
                self._send_soon(now)

    def _send_soon(self, now: int) -> None:
        earliest = (
            now if self._sent_at is None else self._sent_at + self.config["press_interval_ms"]
        )
        if earliest <= now:
            self._alarm(now)
        else:
            self._timers.set(_ALARM, earliest)

    def _keep(self) -> None:
        record = struct.pack(_LAYOUT, self._incident, self._time, self._presses, self._state)
        self._store.put(_INCIDENT, record)

    def _alarm(self, at: int) -> None:
        fields = {"incident": self._incident, "time": self._time, "cause": codes.PRESS}
        if self._presses > 1:
            fields["presses"] = self._presses
        self._actions.append(Send(messages.ALARM, fields, None, ALARM_TOKEN - self._incident))
        self._timers.cancel(_ALARM)
        self._under_way = True
        self._sent_at = self._now
        self._presses_sent = self._presses

    def _heartbeat(self, at: int) -> None:
        self._send_health()
        unix_s = self._clock.unix(self._now)
        if unix_s is None:
            period_ms = self.config["heartbeat_s"] * 1000
            self._timers.set(_HEARTBEAT, self._now + period_ms - (self._now - at) % period_ms)
        else:
            self._beat_s = self._last_beat(unix_s)
            self._store.put(_BEAT, self._beat_s.to_bytes(4, "big"))
            self._plan_heartbeat(self._now)

    def _plan_heartbeat(self, now: int) -> None:
        period_s = self.config["heartbeat_s"]
        unix_s = self._clock.unix(now)
        if unix_s is None:
            self._timers.set(_HEARTBEAT, now + spread(self.config["device"], period_s * 1000))
            return
        last_s = self._last_beat(unix_s)
        if self._beat_s is not None and self._beat_s < last_s:
            # It was slept through.
            self._heartbeat(now)
        else:
            self._timers.set(_HEARTBEAT, self._clock.when(last_s + period_s))

    def _last_beat(self, unix_s: int) -> int:
        """Return when in the calendar this device's last heartbeat was due."""
        period_s: int = self.config["heartbeat_s"]
        offset_s = spread(self.config["device"], period_s)
        return max((unix_s - offset_s) // period_s * period_s + offset_s, 0)

    def _test_over(self, at: int) -> None:
        self._show_led()

    def _show(self) -> None:
        self._show_led()
        self._actions.append(Output("buzzer", _SHOWN[self._state][1]))

    def _show_led(self) -> None:
        self._actions.append(Output("led", _SHOWN[self._state][0]))
