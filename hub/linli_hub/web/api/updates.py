"""Update campaigns."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request

from ..auth import Asker
from ..context import context
from ..models.base import Address, Row
from ..models.updates import Begun, Update

router = APIRouter(prefix="/updates", tags=["updates"])

_BUNDLE = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@router.get("", summary="List update campaigns")
async def updates(request: Request, asker: Asker) -> list[Update]:
    """Return all campaigns, the newest first."""
    return [Update.of(each) for each in await context(request).desk.updates(asker)]


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    summary="Begin an update",
    openapi_extra={"requestBody": {"required": True, "content": _BUNDLE}},
)
async def begin(
    request: Request,
    asker: Asker,
    devices: Annotated[
        list[Address] | None, Query(max_length=1000, description="All of its kind without it.")
    ] = None,
) -> Begun:
    """Begin to bring the signed bundle that is the body to devices; up to 4 MiB."""
    bundle = await request.body()
    return Begun(number=await context(request).desk.begin_update(asker, bundle, devices))


@router.post("/{number}/end", status_code=HTTPStatus.NO_CONTENT, summary="End an update")
async def end(request: Request, asker: Asker, number: Row) -> None:
    """Send nothing more; a device keeps what it has got so far."""
    await context(request).desk.end_update(asker, number)
