"""What holds at a device from one event until another."""

from linli_protocol import codes

CONDITIONS = {
    "forced": ((codes.FORCED,), (codes.SECURED,)),
    "held open": ((codes.HELD_OPEN,), (codes.SECURED,)),
    "emergency release": ((codes.EMERGENCY_RELEASED,), (codes.EMERGENCY_ENDED,)),
    "leak": ((codes.LEAK,), (codes.LEAK_ENDED,)),
    "burst": ((codes.BURST,), (codes.BURST_ENDED,)),
    "reverse flow": ((codes.REVERSE_FLOW,), (codes.REVERSE_FLOW_ENDED,)),
    "dry": ((codes.DRY,), (codes.DRY_ENDED,)),
    "valve closed": ((codes.VALVE_CLOSED,), (codes.VALVE_OPENED,)),
    "meter absent": ((codes.METER_ABSENT,), (codes.METER_RETURNED, codes.METER_REPLACED)),
    "button stuck": ((codes.BUTTON_STUCK,), (codes.BUTTON_FREE,)),
    "tamper": ((codes.TAMPER,), (codes.TAMPER_ENDED,)),
    "battery low": ((codes.BATTERY_LOW,), (codes.BATTERY_RESTORED,)),
    "mains failed": ((codes.MAINS_FAILED,), (codes.MAINS_RESTORED,)),
}
"""What holds from one of the first event codes until one of the second."""

AFFECTED = {
    code: tuple(name for name, (begin, end) in CONDITIONS.items() if code in begin + end)
    for code in {code for begin, end in CONDITIONS.values() for code in begin + end}
}
"""The names of the conditions that begin or end with an event code."""


def begins(name: str, code: int) -> bool:
    """Tell whether a condition begins with an event code that affects it."""
    return code in CONDITIONS[name][0]
