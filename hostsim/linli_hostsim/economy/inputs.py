"""An input of the economy: its value with unit, source, and the span it may well lie in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

STUDY = "Source: 2025 feasibility study"


class InputError(ValueError):
    """An input that does not exist, or a value it cannot have; the message names its key."""


class Inputs(BaseModel):
    """A table of inputs, or of such tables."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    def changed(self, changes: Mapping[str, float]) -> Self:
        """Return these inputs with those of `changes` set, by dotted key; InputError."""
        found = self.model_dump()
        for key, value in changes.items():
            *path, last = key.split(".")
            table: Any = found
            for step in path:
                table = table.get(step) if isinstance(table, dict) else None
            if not isinstance(table, dict) or isinstance(table.get(last), dict | None):
                known = ", ".join(one.key for one in inputs(self))
                raise InputError(f"{key}: unknown input; known here: {known}")
            table[last] = value
        try:
            return type(self).model_validate(found)
        except ValidationError as error:
            lines = [
                f"{'.'.join(map(str, one['loc']))}: {one['msg'].removeprefix('Value error, ')}"
                for one in error.errors()
            ]
            raise InputError("; ".join(lines)) from error


@dataclass(frozen=True, slots=True)
class Input:
    """One input by its dotted key.

    What is plausible lies from `low` to `high`, what is allowed from `least` to `most`.
    """

    key: str
    value: float
    unit: str
    source: str
    low: float
    high: float
    least: float
    most: float

    @property
    def is_assumption(self) -> bool:
        """Whether the value is ours, not a published one."""
        return self.source.startswith("Assumption")


def given(
    default: float,
    unit: str,
    source: str,
    low: float,
    high: float,
    *,
    least: float = 0.0,
    most: float = 1e9,
) -> Any:
    """Return the field of an input that must lie from `least` to `most`."""
    return Field(
        default,
        ge=least,
        le=most,
        description=source,
        json_schema_extra={
            "unit": unit,
            "low": low,
            "high": high,
            "least": least,
            "most": most,
        },
    )


def share(
    default: float, source: str, low: float, high: float, *, least: float = 0.0, most: float = 1.0
) -> Any:
    """Return the field of an input between 0 and 1."""
    return given(default, "share", source, low, high, least=least, most=most)


def inputs(table: Inputs, path: str = "") -> Iterator[Input]:
    """Yield every input of `table` in the order of its fields."""
    for name, field in type(table).model_fields.items():
        value = getattr(table, name)
        key = f"{path}{name}"
        if isinstance(value, Inputs):
            yield from inputs(value, f"{key}.")
        else:
            yield _input(key, value, field)


def _input(key: str, value: float, field: FieldInfo) -> Input:
    extra: Any = field.json_schema_extra
    return Input(key, value, source=field.description or "", **extra)
