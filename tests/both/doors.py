"""Doors, cards and lists for the door's tests."""

from linli_firmware.apps.door import Door
from linli_firmware.store import MemoryStore
from linli_protocol import codes, messages
from linli_protocol.access_list import (
    ADD,
    ALWAYS,
    NO_PIN,
    Credential,
    card_token,
    encode_changes,
    pin_check,
    pin_token,
)
from rig import MONDAY, Rig

KEY = bytes(range(16))
ALICE, BOB, GUEST, OFFICE, STRANGER = 1, 2, 3, 4, 5
PINS = {ALICE: "2468", BOB: "13579"}
GUEST_UNTIL = MONDAY + 86400
SCHEDULES = {1: [{"days": 31, "from_minute": 480, "to_minute": 1080}]}


def frame(person):
    """Return the 34-bit frame of a person's card: facility 7, card the person's number."""
    data = 7 << 16 | person
    first = bin(data >> 16).count("1") & 1
    second = 1 - (bin(data & 0xFFFF).count("1") & 1)
    return first << 33 | data << 1 | second


def credential(person):
    token = card_token(34, 7, person)
    check = pin_check(KEY, token, PINS[person]) if person in PINS else NO_PIN
    until = GUEST_UNTIL if person == GUEST else ALWAYS
    return Credential(token, person, 0, until, 1 if person == OFFICE else 0, check)


def the_list():
    changes = [(ADD, credential(person)) for person in (ALICE, BOB, GUEST, OFFICE)]
    changes.append((ADD, Credential(pin_token(KEY, "97531"), ALICE)))
    return {"base": 0, "version": 1, "changes": encode_changes(changes)}


def closed_door(config=None, store=None, **rig):
    """Return a rig with a closed door that knows the list."""
    settings = {"device": 9, "pin_key": KEY, "schedules": SCHEDULES}
    settings.update(config or {})
    door = Rig(Door, settings, store or MemoryStore(), **rig)
    if not door.app.list_version:
        door.do("on_message", messages.ACCESS_LIST, the_list())
    door.do("set_contact", False)
    door.run(1000)
    return door


def events(door):
    """Return the codes of all events sent but those of the list."""
    sent = [each["code"] for each in door.sent(messages.EVENT)]
    return [code for code in sent if code not in (codes.LIST_UPDATED, codes.LIST_REFUSED)]


def last_event(door):
    return door.sent(messages.EVENT)[-1]


def show(door, person):
    door.do("read_card", frame(person), 34)


def enter(door, pin):
    for digit in pin:
        door.do("press_key", int(digit))
    door.do("press_key", 11)


def command(door, number, operation, argument=None, expires_in_s=60):
    unix_s = door.clock.unix(door.now) or MONDAY
    fields = {"id": number, "expires": unix_s + expires_in_s, "operation": operation}
    if argument is not None:
        fields["argument"] = argument
    door.do("on_message", messages.COMMAND, fields)
    return door.sent(messages.RESULT)[-1]["status"]
