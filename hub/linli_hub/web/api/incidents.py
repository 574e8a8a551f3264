"""Calls for help."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request

from ..auth import Asker
from ..context import context
from ..models.base import Before, Limit, Row
from ..models.incidents import Handling, Incident

router = APIRouter(tags=["incidents"])


@router.get("/incidents", summary="List calls for help")
async def incidents(
    request: Request,
    asker: Asker,
    closed: Annotated[bool, Query(description="Closed ones, too.")] = False,
    before: Annotated[Before, Query()] = None,
    limit: Annotated[Limit, Query()] = 100,
) -> list[Incident]:
    """Return calls for help, the newest first; that they were shown is in the audit."""
    found = await context(request).desk.incidents(asker, not closed, before, limit)
    return [Incident.of(each) for each in found]


@router.get("/incidents/{row}", summary="One call for help")
async def incident(request: Request, asker: Asker, row: Row) -> Incident:
    """Return the call whose alarm is in that row of the log."""
    return Incident.of(await context(request).desk.incident(asker, row))


@router.post(
    "/incidents/{row}/steps", status_code=HTTPStatus.NO_CONTENT, summary="Handle a call for help"
)
async def handle(request: Request, asker: Asker, row: Row, asked: Handling) -> None:
    """Write down what was done, and tell the device; a call does not go back."""
    await context(request).desk.handle(asker, row, asked.code, asked.grade)
