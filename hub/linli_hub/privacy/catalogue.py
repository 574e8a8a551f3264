"""What devices send, field by field: why, how sensitive, for how long, and with whose consent.

Only what stands here is stored. A test holds it together with the protocol's catalogue, so that
no message and no field is sent that the published list (docs/DATA.md) does not have.
"""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from linli_protocol import codes, messages
from linli_protocol.types import Fields

from .terms import (
    BILLING,
    CLIMATE,
    DOORS,
    INCIDENTS,
    NOT_KEPT,
    OPERATION,
    Purpose,
    Retention,
    Sensitivity,
)


class Names(Enum):
    """Whom the value of a field names."""

    NOBODY = ""
    HOLDER = "the card's holder, by number"
    TOKEN = "the card, by the low 32 bits of its number"


class Use(NamedTuple):
    """What a field is for.

    `sensitivity` is that of a device in a household or of unknown place, `common` that of a device
    in a place that all share. Without the `consent` named, the field is not stored.
    """

    why: str
    sensitivity: Sensitivity
    common: Sensitivity
    consent: Purpose | None = None
    names: Names = Names.NOBODY


class Message(NamedTuple):
    """A message of the protocol; `essence` is the field without which nothing of it is stored."""

    why: str
    retention: Retention
    fields: Mapping[str, Use]
    essence: str | None = None


class Event(NamedTuple):
    """An event code; `subject` and `detail` say what these fields of it are for."""

    why: str
    retention: Retention
    sensitivity: Sensitivity
    common: Sensitivity
    subject: Use
    detail: Use


class Device(NamedTuple):
    """What one kind of device sends beside what every device does."""

    why: str
    messages: tuple[int, ...]
    events: tuple[int, ...]
    quantities: tuple[int, ...] = ()


_OPEN, _INTERNAL, _PERSONAL, _HEALTH = Sensitivity


def _open(why: str) -> Use:
    return Use(why, _OPEN, _OPEN)


def _internal(why: str) -> Use:
    return Use(why, _INTERNAL, _INTERNAL)


def _household(why: str, consent: Purpose | None = None) -> Use:
    """Return the use of what tells of a household when the device is in one."""
    return Use(why, _PERSONAL, _INTERNAL, consent)


def _health(why: str) -> Use:
    return Use(why, _HEALTH, _HEALTH)


_BY_CODE = "as the event"
_BY_QUANTITY = "as the quantity"
_BY_LOG = "as the log"
BY_VALUE = (_BY_CODE, _BY_QUANTITY, _BY_LOG)
"""Reasons of fields that have another reason, and another class, for each value of a field."""

_PROFILE = Purpose.CONSUMPTION_PROFILE

# What goes to devices is written down where the hub decides it, with the person who asked for it.
MESSAGES = {
    messages.JOIN_REQUEST: Message(
        "to begin an encrypted session",
        NOT_KEPT,
        {
            "nonce": _open("random, so that the session's keys are fresh"),
            "device_kind": _internal("to know what to expect of it"),
        },
    ),
    messages.ACKNOWLEDGEMENT: Message(
        "to say what has arrived, so that nothing is lost or sent for ever",
        NOT_KEPT,
        {
            "ids": _internal("numbers of the messages that have arrived"),
            "held": _internal("numbers of the messages that arrived in part"),
        },
    ),
    messages.HELLO: Message(
        "to begin work after a join",
        OPERATION,
        {
            "device_kind": _internal("to know what to expect of it"),
            "firmware": _internal("to find devices that lack an update"),
            "boots": _internal("to find devices that fail"),
            "reset_cause": _internal("to find out why they fail"),
            "list_version": _internal("to bring a door's access list up to date"),
        },
    ),
    messages.READING: Message(
        "to bill, and to notice damage at once",
        BILLING,
        {
            "time": _household("when the register showed it"),
            "volume_l": _household("what is billed"),
            "flags": _household("leak, burst, reverse flow, tamper: to prevent damage"),
            "battery_mv": _internal("to change the battery in time"),
            "reverse_l": _household("what is not billed, and a sign of a wrong installation"),
        },
    ),
    messages.READINGS: Message(
        "to bill; with consent, to show a household its use by the hour",
        BILLING,
        {
            "time": _household("when the register showed it"),
            "volume_l": _household("what is billed"),
            "deltas": _household("what was used in each hour", _PROFILE),
            "interval_s": _household("how long an hour is, if not an hour", _PROFILE),
        },
    ),
    messages.EVENT: Message(
        "to know what has happened at a device, once each",
        OPERATION,
        {
            "sequence": _household(_BY_CODE),
            "time": _household(_BY_CODE),
            "code": _household(_BY_CODE),
            "subject": _household(_BY_CODE),
            "detail": _household(_BY_CODE),
        },
    ),
    messages.ALARM: Message(
        "to send help",
        INCIDENTS,
        {
            "incident": _health("so that further presses are the same incident"),
            "time": _health("since when somebody waits"),
            "cause": _health("press, fall, inactivity: what help to send"),
            "presses": _health("how urgently it was asked for"),
        },
    ),
    messages.HEALTH: Message(
        "to know that a device works, and to mend it before it fails",
        OPERATION,
        {
            "time": _internal("when it was well"),
            "uptime_s": _internal("to find devices that restart"),
            "battery_mv": _internal("to change the battery in time"),
            "temperature_c": _internal("of the chip: to find devices that overheat"),
            "rssi_dbm": _internal("to find places that radio hardly reaches"),
            "refused": _internal("packets refused: to notice attacks"),
            "dropped": _internal("messages dropped: to notice overload"),
            "heap_free": _internal("to find faults of the firmware"),
            "restarts": _internal("to find faults of the firmware"),
            "damaged": _internal("to find worn flash"),
        },
    ),
    messages.LOG_CHUNK: Message(
        "to fetch what was lost on the way, on the hub's request",
        OPERATION,
        {
            "log": _internal("which log was asked for"),
            "first": _internal("where in the log the records begin"),
            "records": _household(_BY_LOG),
        },
        essence="records",
    ),
    messages.RESULT: Message(
        "to know whether a command was carried out",
        OPERATION,
        {
            "id": _internal("which command"),
            "status": _internal("what became of it"),
            "detail": _internal("why"),
        },
    ),
    messages.UPDATE_STATUS: Message(
        "to bring updates to devices",
        OPERATION,
        {
            "image": _internal("which update"),
            "offset": _internal("how much of it is there"),
            "state": _internal("how far it got"),
        },
    ),
    messages.MEASUREMENT: Message(
        _BY_QUANTITY,
        CLIMATE,
        {
            "time": _household(_BY_QUANTITY),
            "quantity": _household(_BY_QUANTITY),
            "value": _household(_BY_QUANTITY),
            "channel": _open("which of several sensors"),
        },
        essence="value",
    ),
    messages.JOIN_ACCEPT: Message(
        "to begin an encrypted session",
        NOT_KEPT,
        {
            "nonce": _open("random, so that the session's keys are fresh"),
            "epoch": _internal("which session"),
            "time": _open("to set the clock"),
            "utc_offset_min": _open("to set the clock"),
            "term": _internal("so that a hub that was replaced is not obeyed"),
        },
    ),
    messages.ALARM_STATUS: Message(
        "to show who called that help is coming",
        NOT_KEPT,
        {
            "incident": _health("which call"),
            "state": _health("received, help is coming, closed"),
        },
    ),
    messages.COMMAND: Message(
        "to have something done",
        NOT_KEPT,
        {
            "id": _internal("so that it is done once"),
            "expires": _internal("so that it is not done late"),
            "operation": _internal("what to do"),
            "argument": _household("with what; to clear anti-passback, the holder's number"),
            "term": _internal("so that a hub that was replaced is not obeyed"),
        },
    ),
    messages.ACCESS_LIST: Message(
        "so that a door can decide without the hub",
        NOT_KEPT,
        {
            "base": _internal("the version before"),
            "version": _internal("the version after"),
            "changes": Use(
                "cards, holders' numbers, validity, check of the PIN; on the door until removed",
                _PERSONAL,
                _PERSONAL,
                names=Names.HOLDER,
            ),
            "term": _internal("so that a hub that was replaced is not obeyed"),
        },
    ),
    messages.TIME: Message(
        "to set the clock",
        NOT_KEPT,
        {
            "time": _open("to set the clock"),
            "utc_offset_min": _open("to set the clock"),
            "next_change": _open("to set the clock"),
            "next_offset_min": _open("to set the clock"),
            "ids": _internal("numbers of the messages that have arrived"),
            "held": _internal("numbers of the messages that arrived in part"),
            "term": _internal("so that a hub that was replaced is not obeyed"),
        },
    ),
    messages.LOG_REQUEST: Message(
        "to fetch what was lost on the way",
        NOT_KEPT,
        {
            "log": _internal("which log"),
            "first": _internal("from where"),
            "count": _internal("how many records"),
        },
    ),
    messages.UPDATE: Message(
        "to bring updates to devices",
        NOT_KEPT,
        {
            "image": _open("which update"),
            "offset": _open("where the data begin"),
            "total": _open("how long it is"),
            "data": _open("a part of it"),
        },
    ),
    messages.DECOMMISSION: Message(
        "to have a device destroy all that it holds",
        NOT_KEPT,
        {
            "id": _internal("so that it is done once"),
            "expires": _internal("so that it is not done late"),
            "device": _internal("so that no other device does it"),
            "term": _internal("so that a hub that was replaced is not obeyed"),
        },
    ),
}

_NUMBER = _internal("a number: see docs/DEVICES.md")


def _holder(why: str, consent: Purpose | None = None) -> Use:
    return Use(why, _PERSONAL, _PERSONAL, consent, Names.HOLDER)


_WHO = _holder("to show residents and the duty desk who went in", Purpose.DOOR_HISTORY)
_DENIED_HOLDER = _holder("to help who stands outside, and to notice misuse of a card")
_DENIED_CARD = Use("to notice lost and copied cards", _PERSONAL, _PERSONAL, names=Names.TOKEN)
_UNDER_DURESS = _holder("to help who was forced to open")


def _at_door(why: str, subject: Use = _NUMBER, detail: Use = _NUMBER) -> Event:
    return Event(why, DOORS, _PERSONAL, _INTERNAL, subject, detail)


def _at_meter(why: str) -> Event:
    detail = _household("a register, a position: see docs/DEVICES.md")
    return Event(why, BILLING, _PERSONAL, _INTERNAL, _NUMBER, detail)


def _of_device(why: str) -> Event:
    return Event(why, OPERATION, _INTERNAL, _INTERNAL, _NUMBER, _NUMBER)


_IN = "to know when a door was opened with leave"
_DENIED = "to know who was turned away, and why"
_BREACH = "to notice a door that is not shut"
_LIST = "to know which access list a door has"
_RELEASE = "to know when a door was released without a card"
_DAMAGE = "to prevent damage by water"
_FLOW = "to find meters that are broken or put in the wrong way"
_VALVE = "to know whether water can flow"
_UPKEEP = "to mend a device before it fails"
_FIRMWARE = "to find faults of firmware and configuration"
_TAMPER = "to notice who meddles with a device"

EVENTS = {
    codes.GRANTED: _at_door(_IN, _WHO, _WHO),
    codes.EXIT_REQUESTED: _at_door("to know when a door was opened from inside"),
    codes.DENIED_UNKNOWN: _at_door(_DENIED, _DENIED_CARD),
    codes.DENIED_SCHEDULE: _at_door(_DENIED, _DENIED_HOLDER),
    codes.DENIED_EXPIRED: _at_door(_DENIED, _DENIED_HOLDER),
    codes.DENIED_PIN: _at_door(_DENIED, _DENIED_HOLDER),
    codes.DENIED_BLOCKED: _at_door(_DENIED, _DENIED_CARD),
    codes.DENIED_SECOND_PERSON: _at_door(_DENIED, _DENIED_HOLDER),
    codes.DENIED_PASSBACK: _at_door(_DENIED, _DENIED_HOLDER),
    codes.DURESS: _at_door("to help who was forced to open", _UNDER_DURESS, _UNDER_DURESS),
    codes.REMOTE_RELEASED: _at_door(_RELEASE),
    codes.FORCED: _at_door(_BREACH),
    codes.HELD_OPEN: _at_door(_BREACH),
    codes.SECURED: _at_door(_BREACH),
    codes.NOT_OPENED: _at_door(_IN),
    codes.LIST_UPDATED: _of_device(_LIST),
    codes.LIST_REFUSED: _of_device(_LIST),
    codes.EMERGENCY_RELEASED: _at_door(_RELEASE),
    codes.EMERGENCY_ENDED: _at_door(_RELEASE),
    codes.LEAK: _at_meter(_DAMAGE),
    codes.LEAK_ENDED: _at_meter(_DAMAGE),
    codes.BURST: _at_meter(_DAMAGE),
    codes.BURST_ENDED: _at_meter(_DAMAGE),
    codes.REVERSE_FLOW: _at_meter(_FLOW),
    codes.REVERSE_FLOW_ENDED: _at_meter(_FLOW),
    codes.DRY: _at_meter(_FLOW),
    codes.DRY_ENDED: _at_meter(_FLOW),
    codes.VALVE_OPENED: _at_meter(_VALVE),
    codes.VALVE_CLOSED: _at_meter(_VALVE),
    codes.VALVE_STALLED: _at_meter(_VALVE),
    codes.METER_ABSENT: _of_device(_UPKEEP),
    codes.METER_RETURNED: _of_device(_UPKEEP),
    codes.METER_REPLACED: _at_meter("to bill across a change of meters"),
    codes.TEST_PRESSED: _of_device("to know that a button was tested"),
    codes.BUTTON_STUCK: _of_device("to mend a button that cannot call"),
    codes.BUTTON_FREE: _of_device("to mend a button that cannot call"),
    codes.TAMPER: Event(_TAMPER, OPERATION, _PERSONAL, _INTERNAL, _NUMBER, _NUMBER),
    codes.TAMPER_ENDED: Event(_TAMPER, OPERATION, _PERSONAL, _INTERNAL, _NUMBER, _NUMBER),
    codes.BATTERY_LOW: _of_device(_UPKEEP),
    codes.BATTERY_RESTORED: _of_device(_UPKEEP),
    codes.MAINS_FAILED: _of_device(_UPKEEP),
    codes.MAINS_RESTORED: _of_device(_UPKEEP),
    codes.CLOCK_LOST: _of_device(_UPKEEP),
    codes.CONFIG_REFUSED: _of_device(_FIRMWARE),
    codes.SAFE_MODE: _of_device(_FIRMWARE),
    codes.TASK_RESTARTED: _of_device(_FIRMWARE),
    codes.UPDATE_INSTALLED: _of_device(_FIRMWARE),
    codes.UPDATE_ROLLED_BACK: _of_device(_FIRMWARE),
    codes.CONSOLE_OPENED: _of_device(_TAMPER),
    codes.CONSOLE_REFUSED: _of_device(_TAMPER),
}

_AIR = Use("to keep rooms healthy", _PERSONAL, _OPEN, Purpose.INDOOR_CLIMATE)
_LOAD = Use("to show a household its load, and to share mains", _PERSONAL, _INTERNAL, _PROFILE)

QUANTITIES = {
    codes.ENERGY_WH: (_household("what is billed"), BILLING),
    codes.POWER_W: (_LOAD, CLIMATE),
    codes.VOLTAGE_MV: (_internal("the quality of the mains"), OPERATION),
    codes.CURRENT_MA: (_LOAD, CLIMATE),
    codes.TEMPERATURE_MC: (_AIR, CLIMATE),
    codes.HUMIDITY_PERMILLE: (_AIR, CLIMATE),
    codes.PRESSURE_PA: (_open("the weather, the same for all"), CLIMATE),
    codes.CO2_PPM: (_AIR, CLIMATE),
}

# Records of the event log are stored as the events that they are.
LOGS = {
    codes.HOURLY_REGISTERS: (_household("what was used in each hour", _PROFILE), BILLING),
    codes.DAILY_REGISTERS: (_household("what was used each day, to settle disputes"), BILLING),
    codes.MONTHLY_REGISTERS: (_household("what is billed"), BILLING),
}

EVERY_DEVICE = Device(
    "what keeps a device at work and up to date",
    (
        messages.JOIN_REQUEST,
        messages.ACKNOWLEDGEMENT,
        messages.HELLO,
        messages.EVENT,
        messages.HEALTH,
        messages.LOG_CHUNK,
        messages.RESULT,
        messages.UPDATE_STATUS,
    ),
    tuple(range(codes.TAMPER, codes.CONSOLE_REFUSED + 1)),
)

DEVICES = {
    codes.DOOR: Device(
        "lets in who may come in", (), tuple(range(codes.GRANTED, codes.EMERGENCY_ENDED + 1))
    ),
    codes.METER: Device(
        "measures water, and notices leaks",
        (messages.READING, messages.READINGS),
        tuple(range(codes.LEAK, codes.METER_REPLACED + 1)),
    ),
    codes.PANIC: Device(
        "calls for help",
        (messages.ALARM,),
        tuple(range(codes.TEST_PRESSED, codes.BUTTON_FREE + 1)),
    ),
    codes.AMBIENT: Device(
        "measures a room, or reads a meter that was there before",
        (messages.MEASUREMENT,),
        (codes.METER_ABSENT, codes.METER_RETURNED),
        tuple(QUANTITIES),
    ),
    codes.CHARGER: Device(
        "charges vehicles and measures what they take",
        (messages.MEASUREMENT,),
        (),
        (codes.ENERGY_WH, codes.POWER_W, codes.VOLTAGE_MV, codes.CURRENT_MA),
    ),
}


def is_published(device_kind: int, kind: int, fields: Fields) -> bool:
    """Tell whether the published list has this message of this kind of device."""
    device = DEVICES.get(device_kind)
    if device is None or kind not in EVERY_DEVICE.messages + device.messages:
        return False
    if kind == messages.EVENT:
        return fields["code"] in EVERY_DEVICE.events + device.events
    if kind == messages.MEASUREMENT:
        return fields["quantity"] in device.quantities
    if kind == messages.LOG_CHUNK:
        return fields["log"] == codes.EVENT_LOG or (
            fields["log"] in LOGS and messages.READINGS in device.messages
        )
    return True


def uses(kind: int, fields: Fields) -> Mapping[str, Use]:
    """Return what each field of a published message is for, as this message's values have it."""
    known = MESSAGES[kind].fields
    if kind == messages.EVENT:
        event = EVENTS[fields["code"]]
        own = Use(event.why, event.sensitivity, event.common)
        return {**dict.fromkeys(known, own), "subject": event.subject, "detail": event.detail}
    if kind == messages.MEASUREMENT:
        use = QUANTITIES[fields["quantity"]][0]
        return {**known, "time": use, "quantity": use, "value": use}
    if kind == messages.LOG_CHUNK:
        return {**known, "records": LOGS[fields["log"]][0]}
    return known


def retention(kind: int, fields: Fields) -> Retention:
    """Return how long a published message is kept."""
    if kind == messages.EVENT:
        return EVENTS[fields["code"]].retention
    if kind == messages.MEASUREMENT:
        return QUANTITIES[fields["quantity"]][1]
    if kind == messages.LOG_CHUNK:
        return LOGS[fields["log"]][1]
    return MESSAGES[kind].retention
