"""What commands of a hub print: JSON, or a table with times of the site's zone."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

_US = 1_000_000
# What has parts of its own is for JSON.
_FOR_JSON = ("steps", "figures", "clocks", "fates", "permissions")


def show(
    told: Sequence[Mapping[str, Any]], what: str, zone: Callable[[], str], as_json: bool
) -> None:
    """Print what is told; `what` names its rows, `zone` returns the time zone of the site."""
    if as_json:
        show_json(told)
        return
    names = [name for name in (told[0] if told else {}) if name not in _FOR_JSON]
    table = Table(*(name.removesuffix("_us") for name in names), title=f"{len(told)} {what}")
    times = ZoneInfo(zone())
    for each in told:
        table.add_row(*(_text(name, each[name], times) for name in names))
    Console(highlight=False).print(table)


def show_json(told: object) -> None:
    """Print something as JSON."""
    typer.echo(json.dumps(told, indent=1, ensure_ascii=False))


def _text(name: str, value: Any, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    if name.endswith("_us"):
        return f"{datetime.fromtimestamp(value // _US, zone):%Y-%m-%d %H:%M:%S}"
    if name in ("faults", "conditions"):
        return ", ".join(sorted(value))
    if isinstance(value, Mapping):
        return " ".join(f"{key}={part}" for key, part in value.items() if key != "by")
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)
