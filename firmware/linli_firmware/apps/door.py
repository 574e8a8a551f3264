"""Door controller: who may pass, the strike, the contact, and an account of all of it.

It decides alone and at once. Nothing here knows whether the hub can be reached, so neither losing
nor regaining it can release the door (IEC 60839-11-1, Table 7, lines 20 and 21). The strike is
released only after the event that says why has been written.

Without the time, credentials that need it (validity, schedule) are refused and the others work:
a resident gets home after a power cut, an expired guest does not come back by causing one. When
the clock is set back, validity still ends by the latest time seen, kept in the store once an hour.
"""

import struct

from linli_protocol import codes, messages
from linli_protocol.access_list import ALWAYS, card_token, pin_check, pin_token

from .. import patterns
from ..actions import Output
from ..debounce import Debounce
from . import app, entry, wiegand
from .credentials import Credentials
from .schedule import Schedules

# Source where none is named: our default.
DEFAULTS = {
    "device": 0,
    # 120 h (IEC 60839-11-1, Table 7, line 17) of a door with 2000 events a day.
    "events_kept": 10000,
    "credentials_max": 8192,
    # "card", "pin" or "card+pin".
    "mode": "card",
    "two_person": False,
    # A PIN whose last digit is one higher (9: 0) opens as usual and alerts. PINs that stand alone
    # must be given out so that none is another's duress PIN.
    "duress_pin": True,
    # 16 bytes, derived from the device's root key; needed by the modes with a PIN.
    "pin_key": None,
    # Schedule number to rules, and dates, as in `schedule`.
    "schedules": {},
    "holidays": [],
    # At least 3 s: IEC 60839-11-1, Table 2.
    "release_s": 5,
    # At least 10 s recommended: IEC 60839-11-1, Table 2.
    "permitted_open_s": 10,
    # Inputs active for more than 400 ms must be processed: IEC 60839-11-1, Table 2. A door rattles
    # in its frame for longer than a push button bounces.
    "contact_steady_ms": 100,
    "tamper_steady_ms": 100,
    "exit_steady_ms": 50,
    "entry_s": 10,
    "second_person_s": 20,
    # Wrong PINs in a row after which PINs are refused for a while: IEC 60839-11-1, Table 7.
    "wrong_pins_max": 5,
    "block_s": 300,
    # Time in which the same credential does not open again; 0 for no anti-passback.
    "passback_s": 0,
}

MIN_RELEASE_S = 3
MAX_RELEASE_S = 255
MAX_STEADY_MS = 400

# State bits kept with each event; the wrong PINs in a row are in the byte above.
FORCED = 1
HELD = 2
TAMPER = 4
EMERGENCY = 8
MAINS_FAILED = 16
_WRONG_PINS_SHIFT = 8
_WRONG_PINS_MAX = 255

# `detail` of a denial.
NO_TIME = 1
NOT_YET = 2
NO_PIN = 3

_URGENT = (codes.DURESS, codes.FORCED, codes.TAMPER)

_CONTACT = app.FIRST_TIMER
_EXIT = _CONTACT + 1
_TAMPER = _CONTACT + 2
_RELEASE_END = _CONTACT + 3
_NOT_OPENED = _CONTACT + 4
_HELD = _CONTACT + 5
_ENTRY = _CONTACT + 6
_SECOND = _CONTACT + 7
_BLOCK = _CONTACT + 8
_LATEST = _CONTACT + 9

_LATEST_KEY = "door.latest"
_LATEST_STEP_S = 3600
# Credentials remembered for anti-passback; the door forgets the oldest of more.
_PASSBACK_MAX = 256


class Door(app.App):
    """A door. Outputs: "strike" (1 released, 0 locked), "led" and "buzzer" (see `patterns`).

    ValueError names the setting that is unknown or out of range.
    """

    def __init__(self, config: dict, store, clock):
        super().__init__(DEFAULTS, config, store, clock, _URGENT)
        self._check_config()
        settings = self.config
        self._credentials = Credentials(store, settings["credentials_max"])
        self._schedules = Schedules(settings["schedules"], settings["holidays"])
        self._entry = entry.WAYS[settings["mode"]]()
        self._contact = Debounce(settings["contact_steady_ms"], None)
        self._exit = Debounce(settings["exit_steady_ms"])
        self._tamper = Debounce(settings["tamper_steady_ms"], bool(self.events.state & TAMPER))
        self._released_until = -1
        self._first_person = None
        self._first_duress = False
        self._passed = {}
        latest = store.get(_LATEST_KEY)
        self._latest = self._latest_written = struct.unpack(">I", latest)[0] if latest else 0
        self.unreadable = 0
        self._due.update(
            {
                _CONTACT: self._contact_steady,
                _EXIT: self._exit_steady,
                _TAMPER: self._tamper_steady,
                _RELEASE_END: self._release_over,
                _NOT_OPENED: self._not_opened,
                _HELD: self._held_open,
                _ENTRY: self._entry_over,
                _SECOND: self._second_missing,
                _BLOCK: self._block_over,
                _LATEST: self._note_time,
            }
        )
        self._operations.update(
            {
                codes.RELEASE_DOOR: self._release_by_command,
                codes.EMERGENCY_RELEASE: self._emergency_release,
                codes.EMERGENCY_END: self._emergency_end,
                codes.CLEAR_PASSBACK: self._clear_passback,
            }
        )

    def _check_config(self):
        settings = self.config
        if settings["mode"] not in entry.WAYS:
            raise ValueError("mode: must be one of " + ", ".join(sorted(entry.WAYS)))
        if not MIN_RELEASE_S <= settings["release_s"] <= MAX_RELEASE_S:
            raise ValueError("release_s: 3 to 255 (IEC 60839-11-1, Table 2: at least 3 s)")
        for key in ("contact_steady_ms", "tamper_steady_ms", "exit_steady_ms"):
            if settings[key] > MAX_STEADY_MS:
                raise ValueError(key + ": at most 400 (IEC 60839-11-1, Table 2)")
        if "pin" in settings["mode"] and len(settings["pin_key"] or b"") != 16:
            raise ValueError("pin_key: this mode needs 16 bytes")

    @property
    def list_version(self) -> int:
        """The version of the access list in force, 0 when there has been none."""
        return self._credentials.version

    def read_card(self, frame: int, bit_count: int, now: int) -> None:
        """Take a Wiegand frame, its first bit the most significant; an unsound one is counted."""
        self._advance(now)
        card = wiegand.parse(frame, bit_count)
        if card is None:
            self.unreadable += 1
            self._actions.append(Output("buzzer", patterns.DENIED))
            return
        self._entered(self._entry.card(card_token(bit_count, card[0], card[1])), now)

    def press_key(self, key: int, now: int) -> None:
        """Take a key of the keypad: 0 to 9, entry.CLEAR, entry.ENTER."""
        self._advance(now)
        self._actions.append(Output("buzzer", patterns.KEY))
        self._entered(self._entry.key(key), now)

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

    def on_message(self, kind: int, fields: dict, now: int) -> None:
        """Take a decoded message from the hub."""
        super().on_message(kind, fields, now)
        if kind == messages.ACCESS_LIST:
            list_ = self._credentials
            refusal = list_.apply(fields["base"], fields["version"], fields["changes"])
            code = codes.LIST_REFUSED if refusal else codes.LIST_UPDATED
            self._log(code, now, list_.version, refusal or None)

    def on_time(self, now: int) -> None:
        """Take note that the clock was set."""
        super().on_time(now)
        self._note_time(now)

    def _begin(self, now):
        emergency = self.events.state & EMERGENCY
        self._actions.append(Output("strike", 1 if emergency else 0))
        self._actions.append(Output("led", patterns.EMERGENCY if emergency else patterns.OFF))
        self._actions.append(Output("buzzer", patterns.OFF))
        if self._wrong_pins() >= self.config["wrong_pins_max"]:
            # How long the block has lasted is not known: begin it again, or power would end it.
            self._timers.set(_BLOCK, now + self.config["block_s"] * 1000)
        self._note_time(now)

    def _sample(self, contact, timer, level, now):
        self._advance(now)
        accept_at = contact.sample(level, now)
        if accept_at is None:
            self._timers.cancel(timer)
        else:
            self._timers.set(timer, accept_at)

    def _log(self, code, at, subject=None, detail=None, state=None):
        self.events.append(code, self._unix(at), subject, detail, state)

    # Decisions.

    def _entered(self, claim, now):
        if claim is not None:
            self._timers.cancel(_ENTRY)
            self._decide(claim[0], claim[1], now)
        elif self._entry.waiting:
            self._timers.set(_ENTRY, now + self.config["entry_s"] * 1000)
            self._actions.append(Output("led", patterns.WAITING))

    def _entry_over(self, at):
        claim = self._entry.expire()
        if claim is not None:
            self._decide(claim[0], claim[1], at)
        else:
            self._actions.append(Output("led", self._idle_led()))

    def _decide(self, token, pin, now):
        number = None if token is None else int.from_bytes(token, "big") & 0xFFFFFFFF
        if pin is not None and self._timers.running(_BLOCK):
            self._deny(codes.DENIED_BLOCKED, now, number)
            return
        duress = False
        if token is None:
            credential, duress = self._holder_of(pin)
            if credential is None:
                self._wrong_pin(None, now)
                return
        else:
            credential = self._credentials.find(token)
            if credential is None:
                self._deny(codes.DENIED_UNKNOWN, now, number)
                return
            if self.config["mode"] == "card+pin":
                if pin is None:
                    self._deny(codes.DENIED_PIN, now, credential.person, NO_PIN)
                    return
                duress = self._is_duress(credential, pin)
                if duress is None:
                    self._wrong_pin(credential.person, now)
                    return
        code, detail = self._objection(credential, now)
        if code:
            self._deny(code, now, credential.person, detail)
        elif self.config["two_person"]:
            self._with_second(credential.person, duress, now)
        else:
            self._grant(credential.person, None, duress, now)

    def _holder_of(self, pin):
        """Return (credential of a PIN that stands alone or None, whether it is its duress form)."""
        key = self.config["pin_key"]
        credential = self._credentials.find(pin_token(key, pin))
        if credential is None and self.config["duress_pin"]:
            return self._credentials.find(pin_token(key, _one_lower(pin))), True
        return credential, False

    def _is_duress(self, credential, pin):
        """Return False for the holder's PIN, True for its duress form, None for a wrong one."""
        key = self.config["pin_key"]
        if pin_check(key, credential.token, pin) == credential.pin_check:
            return False
        lower = pin_check(key, credential.token, _one_lower(pin))
        return True if self.config["duress_pin"] and lower == credential.pin_check else None

    def _objection(self, credential, now):
        limited = credential.valid_from or credential.valid_until != ALWAYS
        unix_s = self._clock.unix(now)
        if limited:
            if unix_s is None:
                return codes.DENIED_EXPIRED, NO_TIME
            if unix_s < credential.valid_from:
                return codes.DENIED_EXPIRED, NOT_YET
            self._latest = max(self._latest, unix_s)
            if self._latest >= credential.valid_until:
                return codes.DENIED_EXPIRED, None
        if credential.schedule:
            if unix_s is None:
                return codes.DENIED_SCHEDULE, NO_TIME
            if not self._schedules.allows(credential.schedule, self._clock.local(now)):
                return codes.DENIED_SCHEDULE, None
        passed_at = self._passed.get(credential.person)
        if passed_at is not None and now < passed_at + self.config["passback_s"] * 1000:
            return codes.DENIED_PASSBACK, None
        return 0, None

    def _with_second(self, person, duress, now):
        if self._first_person is None:
            self._first_person = person
            self._first_duress = duress
            self._timers.set(_SECOND, now + self.config["second_person_s"] * 1000)
            self._actions.append(Output("led", patterns.WAITING))
        elif self._first_person == person:
            self._deny(codes.DENIED_SECOND_PERSON, now, person)
        else:
            first = self._first_person
            self._first_person = None
            self._timers.cancel(_SECOND)
            self._grant(person, first, duress or self._first_duress, now)

    def _second_missing(self, at):
        person = self._first_person
        self._first_person = None
        self._deny(codes.DENIED_SECOND_PERSON, at, person)

    def _grant(self, person, first, duress, now):
        # A duress event stands for the grant: one record, so that no power cut parts them.
        code = codes.DURESS if duress else codes.GRANTED
        self._log(code, now, person, first, self._state_with_wrong_pins(0))
        if self.config["passback_s"]:
            self._remember(person, now)
            if first is not None:
                self._remember(first, now)
        self._release(now, self.config["release_s"])

    def _remember(self, person, now):
        self._passed[person] = now
        if len(self._passed) > _PASSBACK_MAX:
            del self._passed[min(self._passed, key=lambda each: self._passed[each])]

    def _deny(self, code, at, subject, detail=None, state=None):
        self._log(code, at, subject, detail, state)
        self._actions.append(Output("buzzer", patterns.DENIED))
        self._actions.append(Output("led", self._idle_led()))

    def _wrong_pin(self, subject, now):
        wrong = min(self._wrong_pins() + 1, _WRONG_PINS_MAX)
        if wrong >= self.config["wrong_pins_max"]:
            self._timers.set(_BLOCK, now + self.config["block_s"] * 1000)
        self._deny(codes.DENIED_PIN, now, subject, None, self._state_with_wrong_pins(wrong))

    def _block_over(self, at):
        # The count stays at one below the limit: after a block each further guess blocks again,
        # until a right PIN. It is written with the next event; until then a restart blocks anew.
        self.events.state = self._state_with_wrong_pins(self.config["wrong_pins_max"] - 1)

    def _wrong_pins(self):
        return self.events.state >> _WRONG_PINS_SHIFT

    def _state_with_wrong_pins(self, wrong):
        return self.events.state & ((1 << _WRONG_PINS_SHIFT) - 1) | wrong << _WRONG_PINS_SHIFT

    def _note_time(self, at):
        unix_s = self._clock.unix(at)
        if unix_s is None:
            return
        self._latest = max(self._latest, unix_s)
        if self._latest >= self._latest_written + _LATEST_STEP_S:
            self._store.put(_LATEST_KEY, struct.pack(">I", self._latest))
            self._latest_written = self._latest
        self._timers.set(_LATEST, at + _LATEST_STEP_S * 1000)

    # The strike, the contact and the other inputs.

    def _release(self, now, release_s):
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

    def _release_over(self, at):
        if not self.events.state & EMERGENCY:
            self._actions.append(Output("strike", 0))
        self._actions.append(Output("led", self._idle_led()))

    def _idle_led(self):
        if self.events.state & EMERGENCY:
            return patterns.EMERGENCY
        return patterns.OFF

    def _not_opened(self, at):
        self._log(codes.NOT_OPENED, at)

    def _contact_steady(self, at):
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

    def _held_open(self, at):
        self._log(codes.HELD_OPEN, at, state=self.events.state | HELD)
        self._actions.append(Output("buzzer", patterns.HELD_OPEN))

    def _exit_steady(self, at):
        self._exit.accept()
        if self._exit.level:
            self._log(codes.EXIT_REQUESTED, at)
            self._release(at, self.config["release_s"])

    def _tamper_steady(self, at):
        self._tamper.accept()
        code = codes.TAMPER if self._tamper.level else codes.TAMPER_ENDED
        self._log(code, at, state=self.events.state ^ TAMPER)

    # Commands.

    def _release_by_command(self, argument, number, now):
        release_s = self.config["release_s"] if argument is None else argument
        if not MIN_RELEASE_S <= release_s <= MAX_RELEASE_S:
            return codes.FAILED
        self._log(codes.REMOTE_RELEASED, now, number, release_s)
        self._release(now, release_s)
        return codes.DONE

    def _emergency_release(self, argument, number, now):
        state = self.events.state
        if not state & EMERGENCY:
            self._log(codes.EMERGENCY_RELEASED, now, number, state=state | EMERGENCY)
            self._timers.cancel(_HELD)
            self._actions.append(Output("strike", 1))
            self._actions.append(Output("led", patterns.EMERGENCY))
        return codes.DONE

    def _emergency_end(self, argument, number, now):
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

    def _clear_passback(self, argument, number, now):
        if argument is None:
            self._passed.clear()
        else:
            self._passed.pop(argument, None)
        return codes.DONE


def _one_lower(pin):
    return pin[:-1] + str((int(pin[-1]) + 9) % 10)
