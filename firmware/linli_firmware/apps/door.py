"""Door controller: who may pass. It decides alone and at once, and writes down every decision.

Without the time, credentials that need it (validity, schedule) are refused and the others work:
a resident gets home after a power cut, an expired guest does not come back by causing one. When
the clock is set back, validity still ends by the latest time seen, kept in the store once an hour.
"""

import struct

from linli_protocol import codes, messages
from linli_protocol.access_list import ALWAYS, card_token, pin_check, pin_token

from .. import patterns
from ..actions import Output
from . import doorway, wiegand
from .credentials import Credentials
from .doorway import Doorway
from .entry import MODES, Entry
from .schedule import Schedules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from linli_protocol.access_list import Credential
    from linli_protocol.types import Fields

    from ..clock import Clock
    from ..types import Config, Store
    from .entry import Claim

# Source where none is named: our default.
DEFAULTS: "Config" = dict(doorway.DEFAULTS)
DEFAULTS.update(
    {
        "credentials_max": 8192,
        # "card", "pin" or "card+pin".
        "mode": "card",
        "two_person": False,
        # A PIN whose last digit is one higher (9: 0) opens as usual and alerts. PINs that stand
        # alone must be given out so that none is another's duress PIN.
        "duress_pin": True,
        # 16 bytes, derived from the device's root key; needed by the modes with a PIN.
        "pin_key": None,
        # Schedule number to rules, and dates, as in `schedule`.
        "schedules": {},
        "holidays": [],
        "entry_s": 10,
        "second_person_s": 20,
        # Wrong PINs in a row after which PINs are refused for a while: IEC 60839-11-1, Table 7.
        "wrong_pins_max": 5,
        "block_s": 300,
        # Time in which the door does not open again for the same person; 0: no anti-passback.
        "passback_s": 0,
    }
)

# The wrong PINs in a row are kept in the high byte of the events' state.
_WRONG_PINS_SHIFT = 8
_WRONG_PINS_MAX = 255

# `detail` of a denial.
NO_TIME = 1
NOT_YET = 2
NO_PIN = 3

_ENTRY = doorway.NEXT_TIMER
_SECOND = _ENTRY + 1
_BLOCK = _ENTRY + 2
_LATEST = _ENTRY + 3

_LATEST_KEY = "door.latest"
_LATEST_STEP_S = 3600
# Persons remembered for anti-passback; the door forgets the oldest of more.
_PASSBACK_MAX = 256


class Door(Doorway):
    """A doorway with a reader, a keypad or both; outputs as the doorway's.

    ValueError names the setting that is unknown or out of range.
    """

    def __init__(self, config: "Config", store: "Store", clock: "Clock") -> None:
        super().__init__(config, store, clock, DEFAULTS)
        settings = self.config
        if settings["mode"] not in MODES:
            raise ValueError("mode: must be one of " + ", ".join(MODES))
        if "pin" in settings["mode"] and len(settings["pin_key"] or b"") != 16:
            raise ValueError("pin_key: this mode needs 16 bytes")
        self._credentials = Credentials(store, settings["credentials_max"])
        self._schedules = Schedules(settings["schedules"], settings["holidays"])
        self._entry = Entry(settings["mode"])
        self._first_person: "int | None" = None
        self._first_duress = False
        self._passed: "dict[int, int]" = {}
        latest = store.get(_LATEST_KEY)
        self._latest: int = struct.unpack(">I", latest)[0] if latest else 0
        self._latest_written = self._latest
        self.unreadable = 0
        self._due.update(
            {
                _ENTRY: self._entry_over,
                _SECOND: self._second_missing,
                _BLOCK: self._block_over,
                _LATEST: self._note_time,
            }
        )
        self._operations[codes.CLEAR_PASSBACK] = self._clear_passback

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

    def on_message(self, kind: int, fields: "Fields", now: int) -> None:
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

    def _begin(self, now: int) -> None:
        super()._begin(now)
        if self._wrong_pins() >= self.config["wrong_pins_max"]:
            # How long the block has lasted is not known: begin it again, or power would end it.
            self._timers.set(_BLOCK, now + self.config["block_s"] * 1000)
        self._note_time(now)

    def _entered(self, claim: "Claim | None", now: int) -> None:
        if claim is not None:
            self._timers.cancel(_ENTRY)
            self._decide(claim[0], claim[1], now)
        elif self._entry.waiting:
            self._timers.set(_ENTRY, now + self.config["entry_s"] * 1000)
            self._actions.append(Output("led", patterns.WAITING))

    def _entry_over(self, at: int) -> None:
        claim = self._entry.expire()
        if claim is not None:
            self._decide(claim[0], claim[1], at)
        else:
            self._actions.append(Output("led", self._idle_led()))

    def _decide(self, token: "bytes | None", pin: "str | None", now: int) -> None:
        number = None if token is None else int.from_bytes(token, "big") & 0xFFFFFFFF
        if pin is not None and self._timers.running(_BLOCK):
            self._deny(codes.DENIED_BLOCKED, now, number)
            return
        duress = False
        if token is None:
            assert pin is not None, "a claim without card and PIN"
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
                is_duress = self._is_duress(credential, pin)
                if is_duress is None:
                    self._wrong_pin(credential.person, now)
                    return
                duress = is_duress
        code, detail = self._objection(credential, now)
        if code:
            self._deny(code, now, credential.person, detail)
        elif self.config["two_person"]:
            self._with_second(credential.person, duress, now)
        else:
            self._grant(credential.person, None, duress, now)

    def _holder_of(self, pin: str) -> "tuple[Credential | None, bool]":
        """Return (credential of a PIN that stands alone or None, whether it is its duress form)."""
        key = self.config["pin_key"]
        credential = self._credentials.find(pin_token(key, pin))
        if credential is None and self.config["duress_pin"]:
            return self._credentials.find(pin_token(key, _one_lower(pin))), True
        return credential, False

    def _is_duress(self, credential: "Credential", pin: str) -> "bool | None":
        """Return False for the holder's PIN, True for its duress form, None for a wrong one."""
        key = self.config["pin_key"]
        if pin_check(key, credential.token, pin) == credential.pin_check:
            return False
        lower = pin_check(key, credential.token, _one_lower(pin))
        return True if self.config["duress_pin"] and lower == credential.pin_check else None

    def _objection(self, credential: "Credential", now: int) -> "tuple[int, int | None]":
        limited = credential.valid_from or credential.valid_until != ALWAYS
        unix_s = self._clock.unix(now)
        if limited:
            if unix_s is None:
                return codes.DENIED_EXPIRED, NO_TIME
            if unix_s < credential.valid_from:
                return codes.DENIED_EXPIRED, NOT_YET
            self._latest = max(self._latest, self._clock.latest, unix_s)
            if self._latest >= credential.valid_until:
                return codes.DENIED_EXPIRED, None
        if credential.schedule:
            if unix_s is None:
                return codes.DENIED_SCHEDULE, NO_TIME
            if not self._schedules.allows(credential.schedule, self._clock.local(unix_s)):
                return codes.DENIED_SCHEDULE, None
        passed_at = self._passed.get(credential.person)
        if passed_at is not None and now < passed_at + self.config["passback_s"] * 1000:
            return codes.DENIED_PASSBACK, None
        return 0, None

    def _with_second(self, person: int, duress: bool, now: int) -> None:
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

    def _second_missing(self, at: int) -> None:
        person = self._first_person
        self._first_person = None
        self._deny(codes.DENIED_SECOND_PERSON, at, person)

    def _grant(self, person: int, first: "int | None", duress: bool, now: int) -> None:
        # A duress event stands for the grant: one record, so that no power cut parts them.
        code = codes.DURESS if duress else codes.GRANTED
        self._log(code, now, person, first, self._state_with_wrong_pins(0))
        if self.config["passback_s"]:
            self._remember(person, now)
            if first is not None:
                self._remember(first, now)
        self._release(now, self.config["release_s"])

    def _remember(self, person: int, now: int) -> None:
        self._passed[person] = now
        if len(self._passed) > _PASSBACK_MAX:
            del self._passed[min(self._passed, key=lambda each: self._passed[each])]

    def _deny(
        self,
        code: int,
        at: int,
        subject: "int | None",
        detail: "int | None" = None,
        state: "int | None" = None,
    ) -> None:
        self._log(code, at, subject, detail, state)
        self._actions.append(Output("buzzer", patterns.DENIED))
        self._actions.append(Output("led", self._idle_led()))

    def _wrong_pin(self, subject: "int | None", now: int) -> None:
        wrong = min(self._wrong_pins() + 1, _WRONG_PINS_MAX)
        if wrong >= self.config["wrong_pins_max"]:
            self._timers.set(_BLOCK, now + self.config["block_s"] * 1000)
        self._deny(codes.DENIED_PIN, now, subject, None, self._state_with_wrong_pins(wrong))

    def _block_over(self, at: int) -> None:
        # The count stays at one below the limit: after a block each further guess blocks again,
        # until a right PIN. It is written with the next event; until then a restart blocks anew.
        self.events.state = self._state_with_wrong_pins(self.config["wrong_pins_max"] - 1)

    def _wrong_pins(self) -> int:
        return self.events.state >> _WRONG_PINS_SHIFT

    def _state_with_wrong_pins(self, wrong: int) -> int:
        return self.events.state & ((1 << _WRONG_PINS_SHIFT) - 1) | wrong << _WRONG_PINS_SHIFT

    def _note_time(self, at: int) -> None:
        unix_s = self._clock.unix(at)
        if unix_s is None:
            return
        self._latest = max(self._latest, self._clock.latest, unix_s)
        if self._latest >= self._latest_written + _LATEST_STEP_S:
            self._store.put(_LATEST_KEY, struct.pack(">I", self._latest))
            self._latest_written = self._latest
        self._timers.set(_LATEST, at + _LATEST_STEP_S * 1000)

    def _clear_passback(self, argument: "int | None", number: "int | None", now: int) -> int:
        if argument is None:
            self._passed.clear()
        else:
            self._passed.pop(argument, None)
        return codes.DONE


def _one_lower(pin: str) -> str:
    return pin[:-1] + str((int(pin[-1]) + 9) % 10)
