"""The fleet: when each device was heard, what it runs, what is wrong with it."""

from typing import Annotated, Literal

from fastapi import Query, Request, Response

from ...people import Permission
from ..auth import Asker
from ..context import context
from .places import placed
from .rendering import linker, now_us, render
from .route import pages
from .shown import members
from .shown.paging import sheet

router = pages()


@router.get("/fleet")
async def fleet(
    request: Request,
    asker: Asker,
    find: Annotated[str, Query(max_length=60)] = "",
    kind: Annotated[str, Query(max_length=20)] = "",
    only: Literal["all", "faulty", "quiet", "updating"] = "all",
    number: Annotated[int, Query(alias="sheet", ge=1)] = 1,
) -> Response:
    """Show all devices, or those that are looked for."""
    desk = context(request).desk
    found = await desk.fleet(asker)
    places = await placed(desk, asker)
    query = members.Query(find, kind, only)
    page = sheet(members.rows(found, places, query, now_us(request)), number)
    return render(
        request,
        "fleet.html",
        asker,
        query=query,
        kinds=sorted({each.enrolment.kind for each in found}),
        states=members.STATES,
        rows=page.rows,
        has_places=bool(places),
        may_enrol=asker.role.may(Permission.ENROL),
        count=page.count,
        number=page.number,
        last=page.last,
        link=linker("/fleet", find=find, kind=kind, only=only),
        versions=members.versions(found),
        updates=members.updates(found),
    )
