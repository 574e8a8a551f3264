"""A household's consents, and its erasure."""

from typing import Annotated, Literal

from fastapi import Form, Query, Request, Response

from ...desk.subject import may_not
from ...people import Permission
from ...privacy import Purpose
from ..auth import Asker
from ..context import context
from .formats import address
from .places import placed
from .rendering import back, render
from .route import pages
from .shown.purposes import rows

router = pages()
_Household = Annotated[int, Form(ge=0)]


@router.get("/consent")
async def consent(
    request: Request, asker: Asker, household: Annotated[int | None, Query(ge=0)] = None
) -> Response:
    """Ask for a household, and show its last word on each purpose."""
    if not asker.role.may(Permission.CONSENT):
        raise may_not(asker, Permission.CONSENT)
    desk = context(request).desk
    said = [] if household is None else await desk.consents(asker, household)
    places = (await placed(desk, asker)).values() if household is not None else ()
    return render(
        request,
        "consent.html",
        asker,
        household=household,
        purposes=rows(said),
        homes=[
            {"device": address(each.device), "place": each.place}
            for each in places
            if each.household == household
        ],
        may_erase=asker.role.may(Permission.ERASE),
    )


@router.post("/consent")
async def set_consent(
    request: Request,
    asker: Asker,
    household: _Household,
    purpose: Annotated[Purpose, Form()],
    given: Annotated[Literal["yes", "no"], Form()],
    how: Annotated[str, Form(max_length=200)],
) -> Response:
    """Write down what a household says."""
    await context(request).desk.consent(asker, household, purpose, given == "yes", how)
    return back(f"/consent?household={household}", "consent_set")


@router.post("/consent/erase")
async def erase(
    request: Request,
    asker: Asker,
    household: _Household,
    reason: Annotated[str, Form(max_length=200)],
    sure: Annotated[Literal["yes"], Form()],
) -> Response:
    """Erase what is known of a household."""
    await context(request).desk.erase(asker, household, reason)
    return back(f"/consent?household={household}", "erased")
