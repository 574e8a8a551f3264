"""What Home Assistant is told of a device, so that it shows up there by itself.

Device-based discovery: one retained message a device, with all its entities as components; an empty
one takes the device away. Source: home-assistant.io, "MQTT", section "MQTT Discovery", of 2024.11.
"""

from importlib.metadata import version
from typing import Any

from linli_protocol import codes
from linli_protocol.words import ALARM_CAUSES, DEVICE_KINDS

from ...views.conditions import CONDITIONS
from .payloads import State
from .topics import Topics, device_id

# Home Assistant's classes of binary sensors.
_CLASSES = {
    "forced": "safety",
    "held open": "door",
    "leak": "moisture",
    "burst": "moisture",
    "tamper": "tamper",
    "battery low": "battery",
    "mains failed": "problem",
    "meter absent": "problem",
    "button stuck": "problem",
}

_WATER = {
    "name": "Water",
    "device_class": "water",
    "state_class": "total_increasing",
    "unit_of_measurement": "L",
}


def _diagnosis(name: str, device_class: str, unit: str) -> dict[str, str]:
    return {
        "name": name,
        "device_class": device_class,
        "state_class": "measurement",
        "unit_of_measurement": unit,
        "entity_category": "diagnostic",
    }


def _measured(
    name: str, device_class: str | None, unit: str, state_class: str = "measurement"
) -> dict[str, Any]:
    return {
        "name": name,
        "device_class": device_class,
        "state_class": state_class,
        "unit_of_measurement": unit,
    }


# By part of the state and field: what it is, and what divides it to get there.
_SENSORS: dict[tuple[str, str], tuple[dict[str, Any], int]] = {
    ("register", "volume_l"): (_WATER, 1),
    ("health", "battery_mv"): (_diagnosis("Battery", "voltage", "mV"), 1),
    ("health", "temperature_c"): (_diagnosis("Chip temperature", "temperature", "°C"), 1),
    ("health", "rssi_dbm"): (_diagnosis("Signal", "signal_strength", "dBm"), 1),
    **{
        (f"measurement {quantity}", "value"): (_measured(*told), divisor)
        for quantity, divisor, told in (
            (codes.ENERGY_WH, 1, ("Energy", "energy", "Wh", "total_increasing")),
            (codes.POWER_W, 1, ("Power", "power", "W")),
            (codes.VOLTAGE_MV, 1, ("Voltage", "voltage", "mV")),
            (codes.CURRENT_MA, 1, ("Current", "current", "mA")),
            (codes.TEMPERATURE_MC, 1000, ("Temperature", "temperature", "°C")),
            (codes.HUMIDITY_PERMILLE, 10, ("Humidity", "humidity", "%")),
            (codes.PRESSURE_PA, 1, ("Pressure", "atmospheric_pressure", "Pa")),
            (codes.CO2_PPM, 1, ("Carbon dioxide", "carbon_dioxide", "ppm")),
        )
    },
}


def topic(prefix: str, site: str, device: int) -> str:
    """Return where a device is announced."""
    return f"{prefix}/device/{_identifier(site, device)}/config"


def announcement(topics: Topics, device: int, state: State, with_alarms: bool) -> dict[str, Any]:
    """Return the message that announces a device with what its state has.

    `with_alarms` says whether alarms are published, and a button is to have an event for them.
    """
    identifier = _identifier(topics.site, device)
    word = state["parts"].get("enrolled", {"body": {}})["body"].get("kind", "device")
    components = {**_sensors(state), **_conditions(state)}
    if with_alarms and word == DEVICE_KINDS[codes.PANIC]:
        components["alarm"] = _alarm(topics, device)
    for name, component in components.items():
        component["unique_id"] = f"{identifier}_{name}"
    return {
        "device": {
            "identifiers": [identifier],
            "name": f"{word} {device_id(device)}",
            "manufacturer": "Linli",
            "model": word,
            "serial_number": device_id(device),
        },
        "origin": {"name": "linli", "sw_version": version("linli")},
        "availability": [{"topic": topics.status}, {"topic": topics.availability(device)}],
        "availability_mode": "all",
        "state_topic": topics.state(device),
        "qos": 1,
        "components": components,
    }


def _identifier(site: str, device: int) -> str:
    return f"linli_{site}_{device_id(device)}"


def _sensors(state: State) -> dict[str, dict[str, Any]]:
    found = {}
    for (part, field), (told, divisor) in _SENSORS.items():
        if field in state["parts"].get(part, {"body": {}})["body"]:
            value = f"value_json.parts.get('{part}', {{}}).get('body', {{}}).get('{field}')"
            if divisor > 1:
                value = f"{value} / {divisor} if {value} is number else none"
            found[f"{part}_{field}".replace(" ", "_")] = {
                "platform": "sensor",
                **told,
                "value_template": f"{{{{ {value} }}}}",
            }
    return found


def _conditions(state: State) -> dict[str, dict[str, Any]]:
    return {
        name.replace(" ", "_"): {
            "platform": "binary_sensor",
            "name": name.capitalize(),
            "device_class": _CLASSES.get(name),
            "value_template": "{{ {true: 'ON', false: 'OFF'}"
            f".get(value_json.conditions.get('{name}')) }}}}",
        }
        for name in CONDITIONS
        if name in state["conditions"]
    }


def _alarm(topics: Topics, device: int) -> dict[str, Any]:
    return {
        "platform": "event",
        "name": "Alarm",
        "device_class": "button",
        "event_types": list(ALARM_CAUSES.values()),
        "state_topic": topics.row("alarm", device),
        "value_template": "{{ {'event_type': "
        f"{ALARM_CAUSES}.get(value_json.body.cause)}} | tojson }}}}",
    }
