"""A scenario's values one by one: with unit, whether each is the default, and its source."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

# The unit that a key's last word stands for.
UNITS = {
    "m": "m",
    "db": "dB",
    "dbm": "dBm",
    "s": "s",
    "ms": "ms",
    "min": "min",
    "h": "h",
    "l": "l",
    "bytes": "bytes",
    "packets": "packets",
    "baud": "Bd",
    "yuan": "yuan",
    "years": "years",
}


@dataclass(frozen=True, slots=True)
class Value:
    """One key of a table; `table` is "" for keys of the scenario itself, `text` has the unit."""

    table: str
    key: str
    text: str
    is_default: bool
    source: str


def unit(key: str) -> str:
    """Return the unit in a key's name, "" for numbers without one."""
    if "_per_" in key:
        own, per = key.split("_per_")
        return f"{UNITS.get(own.rpartition('_')[2], own)}/{per.replace('_', ' ')}"
    return UNITS.get(key.rpartition("_")[2], "")


def values(table: BaseModel, path: str = "") -> Iterator[Value]:
    """Yield the values, tables in the order of the model; those without a value are left out."""
    inner: list[tuple[str, BaseModel]] = []
    for key, field in type(table).model_fields.items():
        value = getattr(table, key)
        name = f"{path}.{key}" if path else key
        if isinstance(value, BaseModel):
            inner.append((name, value))
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            inner += [(f"{name}[{index}]", one) for index, one in enumerate(value)]
        elif value not in (None, {}, ()):
            is_default = key not in table.model_fields_set
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            text = f"{value} {unit(key)}".strip() if is_number else _text(value)
            yield Value(path, key, text, is_default, (field.description or "").rstrip())
    for name, one in inner:
        yield from values(one, name)


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} = {one}" for key, one in value.items())
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
