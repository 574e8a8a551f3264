"""What happened at doors."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from ..auth import Asker
from ..context import context
from ..models.base import Address, Before, Limit
from ..models.doors import Passage

router = APIRouter(tags=["doors"])


@router.get("/passages", summary="List who came to which door")
async def passages(
    request: Request,
    asker: Asker,
    device: Annotated[Address | None, Query(description="One door; all without it.")] = None,
    before: Annotated[Before, Query()] = None,
    limit: Annotated[Limit, Query()] = 100,
) -> list[Passage]:
    """Return what happened at doors, the newest first; that it was shown is in the audit.

    A name whose household's consent to door history is not in force is not shown.
    """
    found = await context(request).desk.passages(asker, device, before, limit)
    return [Passage.of(each) for each in found]
