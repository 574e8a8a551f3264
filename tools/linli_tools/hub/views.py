"""`linli hub incidents`, `doors`, `meters`, `fleet` and `audit`: what happened at a site.

A hub that serves is asked over its API, and tells what the token's role may see. While none does, a
site's files can be read: what is about people is shown to somebody with a name, once that is in the
audit.
"""

import time
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from ..key_text import parse_address
from .client import Server
from .opening import AsJson
from .sources import By, Files, accessed, read, serving
from .tables import show

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linli_hub.web.models.base import Model

Limit = Annotated[int, typer.Option(min=1, max=1000, metavar="COUNT", help="So many at most.")]
Before = Annotated[
    int | None, typer.Option(min=1, metavar="ROW", help="Show what is older than this row.")
]


def incidents(
    by: By = None,
    closed: Annotated[bool, typer.Option("--closed", help="Closed ones, too.")] = False,
    before: Before = None,
    limit: Limit = 100,
    server: Server = None,
    config: Files = None,
    as_json: AsJson = False,
) -> None:
    """List calls for help and what was done about them."""
    if hub := serving(server, config, by):
        told = hub.get("/incidents", closed=closed, before=before, limit=limit)
        show(told, "incidents", hub.zone, as_json)
        return
    from linli_hub.desk import CallForHelp
    from linli_hub.privacy.homes import place_of
    from linli_hub.views.incidents import alarm, incidents
    from linli_hub.web.models.incidents import Incident

    with accessed(config, by, "incidents", "") as (site, transaction):
        found = []
        for each in incidents(transaction, not closed, before, limit):
            raised = alarm(transaction, site.vault, each.alarm, site.log.page)
            body = {} if raised is None else raised.body
            place = place_of(transaction, each.device)
            call = CallForHelp(each, body.get("cause"), body.get("presses"), body, place)
            found.append(Incident.of(call))
    show(_told(found), "incidents", lambda: site.configuration.time_zone, as_json)


def doors(
    by: By = None,
    door: Annotated[
        str | None, typer.Argument(metavar="ADDRESS", help="One door; all without it.")
    ] = None,
    before: Before = None,
    limit: Limit = 100,
    server: Server = None,
    config: Files = None,
    as_json: AsJson = False,
) -> None:
    """List who came to which door and what it did."""
    device = None if door is None else parse_address(door)
    if hub := serving(server, config, by):
        told = hub.get("/passages", device=_text(device), before=before, limit=limit)
        show(told, "passages", hub.zone, as_json)
        return
    from linli_hub.views.doors import passages
    from linli_hub.web.models.doors import Passage

    with accessed(config, by, "doors", _about(device)) as (site, transaction):
        found = passages(transaction, device, before, limit)
    show(_told(map(Passage.of, found)), "passages", lambda: site.configuration.time_zone, as_json)


def meters(
    by: By = None,
    meter: Annotated[
        str | None, typer.Argument(metavar="ADDRESS", help="The use of one; all without it.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=36_600, help="Of how many days.")] = 31,
    hours: Annotated[bool, typer.Option("--hours", help="By the hour, not the day.")] = False,
    server: Server = None,
    config: Files = None,
    as_json: AsJson = False,
) -> None:
    """List meters, or one meter's use by day or hour."""
    device = None if meter is None else parse_address(meter)
    end_s = int(time.time())
    begin_s = max(end_s - days * 86_400, 0)
    what = "meters" if device is None else "intervals"
    if hub := serving(server, config, by):
        if device is None:
            told = hub.get("/meters")
        else:
            unit = "hour" if hours else "day"
            path = f"/meters/{_text(device)}/use"
            told = hub.get(path, begin_s=begin_s, end_s=end_s, by=unit)
        show(told, what, hub.zone, as_json)
        return
    from linli_hub.views import meters as view
    from linli_hub.web.models.meters import Meter, Use

    with accessed(config, by, "meters", _about(device)) as (site, transaction):
        zone = site.configuration.time_zone
        if device is None:
            told = _told(map(Meter.of, view.meters(transaction)))
        elif hours:
            told = _told(map(Use.of, view.hourly(transaction, device, begin_s, end_s)))
        else:
            used = view.daily(transaction, device, begin_s, end_s, ZoneInfo(zone))
            told = _told(map(Use.of, used))
    show(told, what, lambda: zone, as_json)


def fleet(server: Server = None, config: Files = None, as_json: AsJson = False) -> None:
    """List how devices are; nothing in it is about a household."""
    if hub := serving(server, config):
        told: list[dict[str, Any]] = []
        while page := hub.get("/devices", after=told[-1]["device"] if told else None):
            told += page
        show(told, "devices", hub.zone, as_json)
        return
    from linli_hub.views.fleet import fleet
    from linli_hub.web.models.devices import Device

    with read(config) as (configuration, transaction):
        found = fleet(transaction)
    show(_told(map(Device.of, found)), "devices", lambda: configuration.time_zone, as_json)


def audit(
    person: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of one person; of all without it.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="Of one kind of record.")] = None,
    before: Before = None,
    limit: Limit = 100,
    server: Server = None,
    config: Files = None,
    as_json: AsJson = False,
) -> None:
    """List who did and saw what; of sealed records who and when."""
    if hub := serving(server, config):
        told = hub.get("/audit", by=person, kind=kind, before=before, limit=limit)
        show(told, "deeds", hub.zone, as_json)
        return
    from linli_hub.views.audit import audit
    from linli_hub.web.models.trail import Deed

    with read(config) as (configuration, transaction):
        found = audit(transaction, person, kind, before, limit)
    show(_told(map(Deed.of, found)), "deeds", lambda: configuration.time_zone, as_json)


def _told(models: "Iterable[Model]") -> list[dict[str, Any]]:
    return [each.model_dump(mode="json") for each in models]


def _text(device: int | None) -> str | None:
    return None if device is None else f"{device:08x}"


def _about(device: int | None) -> str:
    return "" if device is None else f"device {device:08x}"
