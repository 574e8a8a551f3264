"""The words for what messages carry: codes, times, flags, acknowledged marks, meter registers."""

from datetime import UTC, datetime

from linli_protocol import codes, deltas, messages, words
from linli_protocol.stream import SEQUENCE_BITS, SEQUENCE_MASK

from .layers import Layer

HOUR_S = 3600

LOGS = {
    codes.EVENT_LOG: "event log",
    codes.HOURLY_REGISTERS: "hourly registers",
    codes.DAILY_REGISTERS: "daily registers",
    codes.MONTHLY_REGISTERS: "monthly registers",
}
RESET_CAUSES = {
    codes.POWER_ON: "power on",
    codes.HARD_RESET: "hard reset",
    codes.WATCHDOG: "watchdog",
    codes.DEEP_SLEEP: "deep sleep",
    codes.SOFT_RESET: "soft reset",
}
VOCABULARY: dict[str, dict[int, str]] = {
    "device_kind": words.DEVICE_KINDS,
    "code": words.EVENTS,
    "cause": words.ALARM_CAUSES,
    "operation": words.COMMANDS,
    "status": words.RESULTS,
    "quantity": words.QUANTITIES,
    "log": LOGS,
    "reset_cause": RESET_CAUSES,
}
STATES: dict[int, dict[int, str]] = {
    messages.ALARM_STATUS: words.ALARM_STATES,
    messages.UPDATE_STATUS: words.UPDATE_STATES,
}
TIMES = ("time", "expires", "next_change")
OFFSETS = ("utc_offset_min", "next_offset_min")


def moment(unix_s: int) -> str:
    """Return Unix seconds as UTC date and time."""
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def of_integer(kind: int, name: str, value: int) -> str:
    """Return the words for the integer field `name` of a message of `kind`; "" when it has none."""
    if name in TIMES:
        return moment(value)
    if name in OFFSETS:
        return f"UTC{'-' if value < 0 else '+'}{abs(value) // 60:02}:{abs(value) % 60:02}"
    if name == "flags":
        return ", ".join(word for bit, word in words.METER_FLAGS.items() if value & bit)
    vocabulary = STATES.get(kind, {}) if name == "state" else VOCABULARY.get(name, {})
    return vocabulary.get(value, "unknown code" if vocabulary else "")


def of_marks(ids: bytes) -> str:
    """Return the words for what an acknowledgement's ids stand for."""
    marks = [ids[at] << 8 | ids[at + 1] for at in range(0, len(ids) - 1, 2)]
    return ", ".join(f"{priority(mark)} {mark & SEQUENCE_MASK}" for mark in marks)


def priority(mark: int) -> str:
    """Return the name of a message number's priority."""
    number = mark >> SEQUENCE_BITS
    return words.PRIORITIES.get(number, "unknown")


def registers(fields: dict[str, int], coded: bytes) -> Layer:
    """Return the meter registers of a readings message, oldest first: volume and what was added."""
    layer = Layer("registers")
    try:
        steps_l = deltas.decode(coded)
    except ValueError as error:
        layer.problem = f"deltas: {error}"
        return layer
    interval_s = fields.get("interval_s", HOUR_S)
    volume_l = fields["volume_l"] - sum(steps_l)
    time_s = fields["time"] - interval_s * len(steps_l)
    if volume_l < 0 or time_s < 0 or not interval_s:
        layer.problem = "deltas: more than the register holds, before 1970, or without an interval"
        return layer
    layer.add(moment(time_s), volume_l, "litres")
    for step_l in steps_l:
        volume_l += step_l
        time_s += interval_s
        layer.add(moment(time_s), volume_l, f"litres, +{step_l}")
    return layer
