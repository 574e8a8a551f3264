"""What the devices of the load are and say.

Assumption: of ten devices seven are water meters and one is a panic button, each in a household of
its own, and two are doors that all share. One packet in twelve tells the device's health; of a
meter's others one in 24 is a day's use by the hour. A button sends an alarm in fifty, so that of
all packets one in 500 is one: a hundred times a bad day of a real community.
"""

from linli_protocol import codes, deltas, messages
from linli_protocol.types import Fields

FIRST = 0x0100_0001
"""The address of the first device."""

_KINDS = (codes.METER,) * 7 + (codes.DOOR,) * 2 + (codes.PANIC,)
_HEALTH_EVERY = 12
_DAY_EVERY = 24
_ALARM_EVERY = 50
_DAY = deltas.encode([3 + hour % 5 for hour in range(24)])
HOLDERS = 1000
"""Who go through the doors, each of another household."""


def kind_of(index: int) -> int:
    """Return the device kind of the device number `index`, from 0."""
    return _KINDS[index % len(_KINDS)]


def household_of(index: int) -> int | None:
    """Return the household that a device is in; None: a place that all share."""
    return None if kind_of(index) == codes.DOOR else index + 1


def said(index: int, count: int, time_s: int) -> tuple[int, Fields]:
    """Return kind and fields of a device's message number `count`, from 1; no two are the same."""
    kind = kind_of(index)
    # Devices are not in step.
    turn = count + 7 * index
    if kind == codes.PANIC and (count - index // len(_KINDS)) % _ALARM_EVERY == 0:
        return messages.ALARM, {"incident": count, "time": time_s, "cause": codes.PRESS}
    if kind == codes.PANIC or turn % _HEALTH_EVERY == 0:
        fields = {"time": time_s, "uptime_s": count, "battery_mv": 3600, "rssi_dbm": -60}
        return messages.HEALTH, fields
    if kind == codes.DOOR:
        # A number left out is an event that got lost: the hub would remember each.
        sequence = count - 1 - (turn // _HEALTH_EVERY - 7 * index // _HEALTH_EVERY)
        holder = 1 + count % HOLDERS
        event = {"sequence": sequence, "time": time_s, "code": codes.GRANTED, "subject": holder}
        return messages.EVENT, event
    if turn % _DAY_EVERY == 0:
        return messages.READINGS, {"time": time_s, "volume_l": count, "deltas": _DAY}
    fields = {"time": time_s, "volume_l": count, "flags": 0, "battery_mv": 3600}
    return messages.READING, fields
