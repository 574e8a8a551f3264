"""Changes to a scenario by the path of a key: `lora.gateways`, `panic.count`, `devices.0.count`."""

import tomllib
from collections.abc import Mapping
from typing import Any, get_args

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable

from ..scenario.devices import DeviceKind

_KINDS: tuple[str, ...] = get_args(DeviceKind)

# Setting one of a table's keys takes the place of the other.
_ALTERNATIVES = {"count": "per_100_households", "per_100_households": "count"}

# Keys that cannot mean all tables of a kind at once.
_OF_ONE_TABLE = (*_ALTERNATIVES, "bearers")


class SettingError(ValueError):
    """A setting that cannot be made; the message names its key."""


def parse_setting(text: str) -> tuple[str, list[object]]:
    """Return the key of `key=a,b,c` and its values.

    They are read as TOML: `panic.bearers=["lora"],["lora","wifi"]`; where that fails, which is
    where a word lacks its quotes, each is read for itself. SettingError when there is no key or no
    value.
    """
    key, _, values = (part.strip() for part in text.partition("="))
    if not key or not values:
        raise SettingError(f"{text}: should be key=value or key=value,value,…")
    listed = _toml(f"[{values}]")
    if isinstance(listed, list):
        return key, listed
    return key, [_toml(each.strip()) for each in values.split(",")]


def _toml(text: str) -> object:
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
    *way, last = steps
    for step in way:
        if isinstance(container, dict) and step not in container:
            is_inline = isinstance(container, InlineTable)
            container[step] = tomlkit.inline_table() if is_inline else tomlkit.table()
        container = container[_place(container, step, key)]
    container[_place(container, last, key)] = value
    if isinstance(container, dict):
        container.pop(_ALTERNATIVES.get(last, ""), None)


def _place(container: Any, step: str, key: str) -> str | int:
    """Return `step` as the key of a table or as the number of one in a list."""
    if isinstance(container, dict) and step:
        return step
    if not isinstance(container, list):
        raise SettingError(f"{key}: {step or 'nothing'} is looked for in what is no table")
    if not step.isdecimal() or int(step) >= len(container):
        raise SettingError(f"{key}: {step} should be a number below {len(container)}")
    return int(step)
