"""`linli hub incidents`, `doors`, `meters`, `fleet` and `audit`: what happened at a site.

What is about people is shown to somebody with a name, once that is in the audit. While the hub runs
nobody else can write to its audit, so only what is about no household is shown then.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from linli_protocol import words

from ..failure import Failure
from ..key_text import parse_address
from .opening import CONFIG, AsJson, Config, reading, writing

if TYPE_CHECKING:
    from linli_hub.configuration import Configuration
    from linli_hub.site import Site
    from linli_hub.storage import Transaction

By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who looks, for the audit.")]
Limit = Annotated[int, typer.Option(min=1, metavar="COUNT", help="Show so many at most.")]
Before = Annotated[
    int | None, typer.Option(min=1, metavar="ROW", help="Show what is older than this row.")
]
_US = 1_000_000


def incidents(
    by: By,
    closed: Annotated[bool, typer.Option("--closed", help="Closed ones, too.")] = False,
    before: Before = None,
    limit: Limit = 100,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """List calls for help and what was done about them, while the hub does not run."""
    from linli_hub.views.incidents import alarm, incidents

    told = []
    with _accessed(config, by, "incidents", "") as (site, transaction):
        for each in incidents(transaction, not closed, before, limit):
            raised = alarm(transaction, site.vault, each.alarm, site.log.page)
            body = {} if raised is None else raised.body
            told.append(
                {
                    "row": each.alarm,
                    "device": f"{each.device:08x}",
                    "raised_us": each.raised_us,
                    "cause": words.ALARM_CAUSES.get(body.get("cause", 0)),
                    "presses": body.get("presses"),
                    "state": words.ALARM_STATES.get(each.state, "raised"),
                    "by": each.steps[-1].by if each.steps else None,
                    "grade": each.grade,
                    "steps": [
                        {
                            "state": words.ALARM_STATES.get(step.state),
                            "time_us": step.time_us,
                            "by": step.by,
                        }
                        for step in each.steps
                    ],
                }
            )
    _show(told, "incidents", site.configuration, as_json)


def doors(
    by: By,
    door: Annotated[
        str | None, typer.Argument(metavar="ADDRESS", help="One door; all without it.")
    ] = None,
    before: Before = None,
    limit: Limit = 100,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """List who came to which door and what it did, while the hub does not run."""
    from linli_hub.views.doors import passages

    device = None if door is None else parse_address(door)
    with _accessed(config, by, "doors", _about(device)) as (site, transaction):
        found = passages(transaction, device, before, limit)
    told = [
        {
            "row": each.number,
            "time_us": each.time_us,
            "device": f"{each.device:08x}",
            "event": words.EVENTS.get(each.code, str(each.code)),
            "holders": each.holders,
            "subject": each.subject,
            "detail": each.detail,
        }
        for each in found
    ]
    _show(told, "passages", site.configuration, as_json)


def meters(
    by: By,
    meter: Annotated[
        str | None, typer.Argument(metavar="ADDRESS", help="The use of one; all without it.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, help="Of how many days.")] = 31,
    hours: Annotated[bool, typer.Option("--hours", help="By the hour, not the day.")] = False,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """List meters, or one meter's use by day or hour, while the hub does not run."""
    from linli_hub.views.meters import daily, hourly
    from linli_hub.views.meters import meters as all_meters

    device = None if meter is None else parse_address(meter)
    end_s = int(time.time())
    begin_s = end_s - days * 86_400
    told: list[dict[str, Any]]
    with _accessed(config, by, "meters", _about(device)) as (site, transaction):
        if device is None:
            told = [
                {
                    "device": f"{each.device:08x}",
                    "time_us": each.time_s * _US,
                    "volume_l": each.volume_ml / 1000,
                    "conditions": sorted(each.conditions),
                }
                for each in all_meters(transaction)
            ]
        else:
            zone = ZoneInfo(site.configuration.time_zone)
            uses = (
                hourly(transaction, device, begin_s, end_s)
                if hours
                else daily(transaction, device, begin_s, end_s, zone)
            )
            told = [
                {
                    "begin_us": each.begin_s * _US,
                    "end_us": each.end_s * _US,
                    "volume_l": each.volume_ml / 1000,
                }
                for each in uses
            ]
    _show(told, "meters" if device is None else "intervals", site.configuration, as_json)


def fleet(config: Config = CONFIG, as_json: AsJson = False) -> None:
    """List how devices are, also while the hub runs; nothing in it is about a household."""
    from linli_hub.views.fleet import fleet

    with _reading(config) as (configuration, transaction):
        found = fleet(transaction)
    shown = ("firmware", "boots", "battery_mv", "restarts")
    told = [
        {
            "device": f"{each.enrolment.device:08x}",
            "kind": each.enrolment.kind,
            "heard_us": each.heard_us,
            **{name: each.figures.get(name) for name in shown},
            "update": words.UPDATE_STATES.get(each.figures.get("update_state", 0)),
            "faults": sorted(each.faults),
            "figures": each.figures,
        }
        for each in found
    ]
    _show(told, "devices", configuration, as_json)


def audit(
    person: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of one person; of all without it.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="Of one kind of record.")] = None,
    before: Before = None,
    limit: Limit = 100,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """List who did and saw what, also while the hub runs; sealed records without what they say."""
    from linli_hub.views.audit import audit

    with _reading(config) as (configuration, transaction):
        found = audit(transaction, person, kind, before, limit)
    told = [
        {
            "row": each.number,
            "time_us": each.time_us,
            "by": each.by,
            "kind": each.kind,
            "device": f"{each.device:08x}" if each.device else None,
            "told": None if each.told is None else {**each.told, "by": each.by},
        }
        for each in found
    ]
    _show(told, "deeds", configuration, as_json)


def _about(device: int | None) -> str:
    return "" if device is None else f"device {device:08x}"


@contextmanager
def _reading(config: Path) -> "Iterator[tuple[Configuration, Transaction]]":
    """Read the database, whoever writes to it."""
    with reading(config) as (configuration, database), database.reading() as transaction:
        yield configuration, transaction


@contextmanager
def _accessed(config: Path, by: str, what: str, about: str) -> "Iterator[tuple[Site, Transaction]]":
    """Open a site, which no running hub has, once the access is in its audit."""
    if not by.strip():
        raise typer.BadParameter("--by: who looks")
    with writing(config) as site:
        position = site.tell_access(by, what, about, time.time_ns() // 1000)
        if not site.journal.wait(position, 30.0):
            raise Failure(f"the access cannot be written down: {site.journal.trouble}")
        with site.database.reading() as transaction:
            yield site, transaction


def _show(
    told: Sequence[Mapping[str, Any]], what: str, configuration: "Configuration", as_json: bool
) -> None:
    if as_json:
        typer.echo(json.dumps(told, indent=1, ensure_ascii=False))
        return
    # What has parts of its own is for JSON.
    names = [name for name in (told[0] if told else {}) if name not in ("steps", "figures")]
    table = Table(*(name.removesuffix("_us") for name in names), title=f"{len(told)} {what}")
    zone = ZoneInfo(configuration.time_zone)
    for each in told:
        table.add_row(*(_text(name, each[name], zone) for name in names))
    Console(highlight=False).print(table)


def _text(name: str, value: Any, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    if name.endswith("_us"):
        return f"{datetime.fromtimestamp(value // _US, zone):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, Mapping):
        return " ".join(f"{key}={part}" for key, part in value.items() if key != "by")
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)
