"""Meters: what they show and what is wrong, and what was used when."""

from typing import Annotated, Literal

from fastapi import Path, Query, Request, Response

from ...desk import NotFound
from ...people import Permission
from ...privacy import Purpose
from ..auth import Asker
from ..context import context
from .places import placed
from .rendering import linker, now_us, render
from .route import pages
from .shown import registers
from .shown.paging import sheet

router = pages()
INTERVALS = ("day", "hour")
SPANS = (2, 7, 31, 92)
_DAY_S = 86_400


@router.get("/meters")
async def meters(
    request: Request,
    asker: Asker,
    find: Annotated[str, Query(max_length=60)] = "",
    only: Literal["", "wrong"] = "",
    number: Annotated[int, Query(alias="sheet", ge=1)] = 1,
) -> Response:
    """Show all meters, or those that are looked for."""
    desk = context(request).desk
    found = await desk.meters(asker)
    rows = registers.rows(found, await placed(desk, asker), find, bool(only))
    page = sheet(rows, number)
    return render(
        request,
        "meters.html",
        asker,
        find=find,
        only=only,
        rows=page.rows,
        count=page.count,
        number=page.number,
        last=page.last,
        link=linker("/meters", find=find, only=only),
    )


@router.get("/meters/{device}")
async def meter(
    request: Request,
    asker: Asker,
    device: Annotated[str, Path(pattern="^[0-9a-f]{8}$")],
    by: Literal["day", "hour"] = "day",
    days: Annotated[int, Query(ge=1, le=366)] = 31,
) -> Response:
    """Show a meter, and what was used by the hour or by the day."""
    desk = context(request).desk
    address = int(device, 16)
    found = next((each for each in await desk.meters(asker) if each.device == address), None)
    if found is None:
        raise NotFound(f"no meter {device} has told its register")
    placement = (await placed(desk, asker)).get(address)
    end_s = now_us(request) // 1_000_000
    hidden = None
    if by == "hour":
        words = []
        if placement is not None and placement.household is not None:
            words = await desk.consents(asker, placement.household)
        has_consent = any(
            each.given and each.purpose is Purpose.CONSUMPTION_PROFILE for each in words
        )
        hidden = registers.hidden(placement, has_consent)
    return render(
        request,
        "meter.html",
        asker,
        meter=registers.row(found, placement),
        uses=await desk.meter_use(asker, address, end_s - days * _DAY_S, end_s, by),
        hidden=hidden,
        by=by,
        intervals=INTERVALS,
        days=days,
        spans=SPANS,
        may_consent=asker.role.may(Permission.CONSENT),
    )
