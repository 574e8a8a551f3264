"""What is wired to an emulated board where nobody says otherwise, by app."""

from enum import StrEnum
from typing import Any


class App(StrEnum):
    """What the board does. Those on a bus are left out: the board has one serial line."""

    DOOR = "door"
    METER = "meter"
    VALVE_METER = "valve_meter"
    PANIC = "panic"


LINE: dict[str, Any] = {"kind": "uart", "tx": 1, "rx": 3}
SERVICE_PIN = 15

_BATTERY = {"number": 34, "ratio": [2, 1]}
_PINS: dict[App, dict[str, Any]] = {
    App.DOOR: {
        "d0": {"number": 16, "pull": "up", "inverted": True},
        "d1": {"number": 17, "pull": "up", "inverted": True},
        "strike": 18,
        "contact": 4,
        "exit_button": 5,
        "led": 2,
        "buzzer": 3,
    },
    App.METER: {"pulse": {"number": 4, "electronic": True}, "battery_adc": _BATTERY},
    App.VALVE_METER: {
        "pulse": {"number": 4, "electronic": True},
        "valve_open": 5,
        "valve_close": 6,
        "end_open": 7,
        "end_closed": 8,
        "battery_adc": _BATTERY,
    },
    App.PANIC: {"button": 4, "magnet": 5, "led": 6, "buzzer": 7, "battery_adc": _BATTERY},
}


def configuration(app: App) -> dict[str, Any]:
    """Return a configuration for the app that joins over the line at once."""
    return {
        "bearers": [LINE],
        "pins": _PINS[app],
        "association": {"join_spread_ms": 50, "join_retry_ms": 500},
    }
