"""Changes to a scenario by the path of a key: `lora.gateways`, `panic.count`, `devices.0.count`."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any, get_args

import tomlkit
from tomlkit.exceptions import TOMLKitError

from ..scenario.devices import DeviceKind

_KINDS: tuple[str, ...] = get_args(DeviceKind)

# Setting one of a table's keys takes the place of the other.
_ALTERNATIVES = {"count": "per_100_households", "per_100_households": "count"}

# Keys that cannot mean all tables of a kind at once.
_OF_ONE_TABLE = (*_ALTERNATIVES, "bearers")

# What lies between the commas outside brackets, braces and quotes.
_VALUE = re.compile(r"""(?:"[^"]*"|'[^']*'|\[[^]]*\]|\{[^}]*\}|[^,])+""")


class SettingError(ValueError):
    """A setting that cannot be made; the message names its key."""


def parse_setting(text: str) -> tuple[str, list[object]]:
    """Return the key of `key=a,b,c` and its values, read as TOML; a bare word is a string.

    A comma within brackets or quotes divides nothing: `panic.bearers=["lora"],["lora","wifi"]`.
    SettingError when there is no key or no value.
    """
    key, equals, values = text.partition("=")
    key, values = key.strip(), values.strip()
    if not key or not equals or not values:
        raise SettingError(f"{text}: should be key=value or key=value,value,…")
    return key, [_value(each.strip()) for each in _VALUE.findall(values)]


def _value(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def with_settings(scenario_toml: str, settings: Mapping[str, object]) -> str:
    """Return the scenario's text with each key set to its value; comments stay.

    A key is the path of a value in the file, with the numbers of tables in a list: `lora.gateways`,
    `devices.0.app.report_interval_s`. Before all, a device kind stands for its [[devices]] tables:
    `meter.app.report_interval_s`. Tables that the file lacks are added. SettingError names a key
    whose path leads nowhere; whether keys and values are good is for `scenario.parse` to say.
    """
    try:
        document = tomlkit.parse(scenario_toml)
    except TOMLKitError as error:
        raise SettingError(f"the scenario is not TOML: {error}") from error
    for key, value in settings.items():
        steps = key.split(".")
        if steps[0] in _KINDS and len(steps) > 1:
            for table in _of_kind(document, steps[0], steps[1], key):
                _set(table, steps[1:], value, key)
        else:
            _set(document, steps, value, key)
    return tomlkit.dumps(document)


def _of_kind(document: Any, kind: str, first_step: str, key: str) -> list[Any]:
    tables = document.get("devices", [])
    numbers = [number for number, table in enumerate(tables) if table.get("kind") == kind]
    if not numbers:
        raise SettingError(f"{key}: the scenario has no devices of kind {kind}")
    if len(numbers) > 1 and first_step in _OF_ONE_TABLE:
        rest = key.removeprefix(f"{kind}.")
        ones = ", ".join(f"devices.{number}.{rest}" for number in numbers)
        raise SettingError(f"{key}: the scenario has several tables of kind {kind}; name {ones}")
    return [tables[number] for number in numbers]


def _set(container: Any, steps: list[str], value: object, key: str) -> None:
    for step in steps[:-1]:
        if isinstance(container, list):
            container = container[_index(container, step, key)]
        elif isinstance(container, Mapping):
            if step not in container:
                container[step] = tomlkit.table()
            container = container[step]
        else:
            break
    last = steps[-1]
    if isinstance(container, list):
        container[_index(container, last, key)] = value
    elif isinstance(container, dict) and last:
        container.pop(_ALTERNATIVES.get(last, ""), None)
        container[last] = value
    else:
        raise SettingError(f"{key}: leads into a value that is no table")


def _index(items: list[Any], step: str, key: str) -> int:
    if not step.isdecimal() or int(step) >= len(items):
        raise SettingError(f"{key}: {step} should be a number below {len(items)}, which are there")
    return int(step)
