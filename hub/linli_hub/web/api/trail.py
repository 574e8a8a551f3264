"""The audit, and the log's chain."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from ..auth import Asker
from ..context import context
from ..models.base import Before, Limit, Name, Text
from ..models.trail import Chain, Deed

router = APIRouter(tags=["audit"])


@router.get("/audit", summary="List who did and saw what")
async def audit(
    request: Request,
    asker: Asker,
    by: Annotated[Name | None, Query(description="Of one person; of all without it.")] = None,
    kind: Annotated[Text | None, Query(description="Of one kind of record.")] = None,
    before: Annotated[Before, Query()] = None,
    limit: Annotated[Limit, Query()] = 100,
) -> list[Deed]:
    """Return deeds, the newest first; of sealed records who and when."""
    found = await context(request).desk.audit(asker, by, kind, before, limit)
    return [Deed.of(each) for each in found]


@router.get("/chain", summary="Verify the log")
async def chain(request: Request, asker: Asker) -> Chain:
    """Follow the log from its first row to its last, which takes a while."""
    return Chain.of(await context(request).desk.verify(asker))
