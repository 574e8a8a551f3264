"""What meters tell."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request

from ..auth import Asker
from ..context import context
from ..models.base import Address
from ..models.meters import Meter, Use

router = APIRouter(tags=["meters"])

_Second = Annotated[int, Query(ge=0, le=0xFFFFFFFF, description="Unix s")]


@router.get("/meters", summary="List meters")
async def meters(request: Request, asker: Asker) -> list[Meter]:
    """Return what meters show and what is wrong; that it was shown is in the audit."""
    return [Meter.of(each) for each in await context(request).desk.meters(asker)]


@router.get("/meters/{device}/use", summary="What was used when")
async def use(
    request: Request,
    asker: Asker,
    device: Address,
    begin_s: _Second,
    end_s: _Second,
    by: Annotated[Literal["hour", "day"], Query(description="Days are local ones.")] = "day",
) -> list[Use]:
    """Return a meter's use; by the hour, only what the household consents to."""
    found = await context(request).desk.meter_use(asker, device, begin_s, end_s, by)
    return [Use.of(each) for each in found]
