"""The site and its devices."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request

from ..auth import Asker
from ..context import context
from ..models.base import Address, Limit
from ..models.devices import Device, Enrolment, Placement, Placing, Site
from ..models.radar import Radar

router = APIRouter(tags=["devices"])


@router.get("/site", summary="How is the site?")
async def site(request: Request, asker: Asker) -> Site:
    """Return the site's state in a few numbers."""
    here = context(request)
    zone = here.running.site.configuration.time_zone
    return Site.of(await here.desk.site(asker), zone)


@router.get("/radar", summary="How risky is it?")
async def radar(request: Request, asker: Asker) -> Radar:
    """Return the twelve indicators of the last day, and incidents by grade with their clocks."""
    return Radar.of(await context(request).desk.radar(asker))


@router.get("/devices", summary="List devices")
async def devices(
    request: Request,
    asker: Asker,
    after: Annotated[Address | None, Query(description="Only addresses above it.")] = None,
    limit: Annotated[Limit, Query(description="So many at most, by address.")] = 1000,
) -> list[Device]:
    """Return the devices that are served, and how they are; nothing is about a household."""
    found = await context(request).desk.fleet(asker)
    wanted = [each for each in found if after is None or each.enrolment.device > after]
    return [Device.of(each) for each in wanted[:limit]]


@router.post("/devices", status_code=HTTPStatus.NO_CONTENT, summary="Enrol a device")
async def enrol(request: Request, asker: Asker, asked: Enrolment) -> None:
    """Make a device known, from now on; one that is known already is enrolled anew."""
    await context(request).desk.enrol(asker, asked.device, asked.kind, asked.ways, asked.generation)


@router.get("/places", summary="List where devices are")
async def places(request: Request, asker: Asker) -> list[Placement]:
    """Return where all devices are that were placed, by address."""
    return [Placement.of(each) for each in await context(request).desk.placements(asker)]


@router.put("/places/{device}", status_code=HTTPStatus.NO_CONTENT, summary="Place a device")
async def place(request: Request, asker: Asker, device: Address, asked: Placing) -> None:
    """Say where a device is: in a household, or in a place that all share."""
    await context(request).desk.place(asker, device, asked.household, asked.place)
