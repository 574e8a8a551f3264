"""What is wired to an emulated board where nobody says otherwise, by app."""

from typing import Any

from linli_protocol import codes

from ..firmware.boards import App

LINE: dict[str, Any] = {"kind": "uart", "tx": 1, "rx": 3}
SERVICE_PIN = 15

_BATTERY = {"number": 34, "ratio": [2, 1]}
# Nobody answers on it: the emulated board has one line, which leads to the hub.
_BUS = {"number": 2, "tx": 17, "rx": 16, "direction": 4}
_WATER = {"protocol": "cjt188", "address": "00000000000001"}
_THERMOMETER = {
    "protocol": "modbus",
    "unit": 1,
    "registers": [{"address": 0, "type": "s16", "quantity": codes.TEMPERATURE_MC}],
}
_PINS: dict[App, dict[str, Any]] = {
    App.DOOR: {
        "d0": {"number": 16, "pull": "up", "inverted": True},
        "d1": {"number": 17, "pull": "up", "inverted": True},
        "strike": 18,
        "contact": 4,
        "exit_button": 5,
        "led": 2,
        "buzzer": 19,
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
    App.BUS_METER: {"bus": _BUS | {"devices": [_WATER]}},
    App.BUS_SENSOR: {"bus": _BUS | {"devices": [_THERMOMETER]}},
}


def configuration(app: App) -> dict[str, Any]:
    """Return a configuration for the app that joins over the line at once."""
    return {
        "bearers": [LINE],
        "pins": _PINS[app],
        "association": {"join_spread_ms": 50, "join_retry_ms": 500},
    }
