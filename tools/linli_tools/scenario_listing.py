"""A scenario's values as lines: value with unit, whether it is the default, where it comes from."""

from collections.abc import Iterator

from pydantic import BaseModel
from rich.text import Text

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


def unit(key: str) -> str:
    """Return the unit in a key's name, "" for numbers without one."""
    if "_per_" in key:
        own, per = key.split("_per_")
        return f"{UNITS.get(own.rpartition('_')[2], own)}/{per.replace('_', ' ')}"
    return UNITS.get(key.rpartition("_")[2], "")


def listing(scenario: BaseModel) -> Iterator[Text]:
    """Yield the lines, tables in the order of the model."""
    yield Text("A value marked * is the default.")
    yield from _table(scenario, "")


def _table(table: BaseModel, path: str) -> Iterator[Text]:
    inner: list[tuple[str, BaseModel]] = []
    if path:
        yield Text(f"\n[{path}]", style="bold")
    for key, field in type(table).model_fields.items():
        value = getattr(table, key)
        name = f"{path}.{key}" if path else key
        if isinstance(value, BaseModel):
            inner.append((name, value))
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            inner += [(f"{name}[{index}]", one) for index, one in enumerate(value)]
        elif value not in (None, {}, ()):
            mark = "" if key in table.model_fields_set else " *"
            number = isinstance(value, int | float) and not isinstance(value, bool)
            shown = f"{value} {unit(key)}".strip() if number else _text(value)
            line = Text(f"{key} = {shown}{mark}")
            line.append(f"  {field.description or ''}".rstrip(), style="dim")
            yield line
    for name, one in inner:
        yield from _table(one, name)


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} = {one}" for key, one in value.items())
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
