"""Doors: who came when, and what the door made of it."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Query, Request, Response

from linli_protocol import codes, words

from ..auth import Asker
from ..context import context
from .formats import address
from .places import placed
from .rendering import render
from .route import pages
from .shown.passages import OUTCOMES, of_outcome, row

router = pages()
_ROWS = 100
_SEARCHED = 1000
_DOOR = words.DEVICE_KINDS[codes.DOOR]


@router.get("/doors")
async def doors(
    request: Request,
    asker: Asker,
    device: Annotated[str, Query(pattern="^([0-9a-f]{8})?$")] = "",
    only: Literal["all", "granted", "denied", "alarms"] = "all",
    before: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """Show what happened at doors; of an outcome, what there is among the newest thousand."""
    desk = context(request).desk
    places = {each.device: each.place for each in (await placed(desk, asker)).values()}
    limit = _ROWS if only == "all" else _SEARCHED
    chosen = int(device, 16) if device else None
    found = await desk.passages(asker, chosen, before, limit)
    shown = of_outcome(found, only)[:_ROWS]
    query = {"device": device, "only": only}
    older = None
    if len(shown) == _ROWS or len(found) == limit:
        last = shown[-1] if len(shown) == _ROWS else found[-1]
        older = f"/doors?{urlencode({**query, 'before': last.number})}"
    # A part of the page is fetched anew by its own address.
    is_part = "HX-Request" in request.headers
    return render(
        request,
        "passages.html" if is_part else "doors.html",
        asker,
        follows=("passage",),
        doors=[
            {"address": address(each.enrolment.device), "place": places.get(each.enrolment.device)}
            for each in await desk.fleet(asker)
            if each.enrolment.kind == _DOOR
        ],
        chosen=device,
        only=only,
        outcomes=OUTCOMES,
        passages=[row(each, places) for each in shown],
        older=older,
        is_newest=before is None,
        refreshed=f"/doors?{urlencode(query)}",
    )
