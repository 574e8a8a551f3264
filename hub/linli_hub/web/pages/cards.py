"""Cards and PINs: who is let in by which doors, given and taken back."""

from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import Form, Query, Request, Response
from pydantic import StringConstraints

from linli_protocol import codes, words
from linli_protocol.access_list import ALWAYS, CARD_FORMATS

from ...desk import Card
from ...desk.cards import PIN_LENGTHS, SCHEDULES
from ...people import Permission
from ..auth import Asker
from ..context import context
from .formats import address
from .places import placed
from .rendering import back, linker, render, zone
from .route import pages
from .shown.holdings import row
from .shown.paging import sheet

router = pages()
_DOOR = words.DEVICE_KINDS[codes.DOOR]
_Device = Annotated[str, StringConstraints(pattern="^[0-9a-f]{8}$")]
_Holder = Annotated[int, Form(ge=1, le=0xFFFFFFFF)]


@router.get("/cards")
async def cards(
    request: Request,
    asker: Asker,
    door: Annotated[str, Query(pattern="^([0-9a-f]{8})?$")] = "",
    holder: Annotated[str, Query(pattern="^[0-9]{0,10}$")] = "",
    number: Annotated[int, Query(alias="sheet", ge=1)] = 1,
) -> Response:
    """Show who is let in where, and what somebody of this role can do about it."""
    desk, role = context(request).desk, asker.role
    found = await desk.cards(
        asker, int(door, 16) if door else None, int(holder) if holder else None
    )
    places = {each.device: each.place for each in (await placed(desk, asker)).values()}
    page = sheet([row(each, places) for each in found], number)
    return render(
        request,
        "cards.html",
        asker,
        doors=[
            {"address": address(each.enrolment.device), "place": places.get(each.enrolment.device)}
            for each in await desk.fleet(asker)
            if each.enrolment.kind == _DOOR
        ],
        chosen=door,
        holder=holder,
        rows=page.rows,
        count=page.count,
        number=page.number,
        last=page.last,
        link=linker("/cards", door=door, holder=holder),
        may_give=role.may(Permission.ENROL),
        may_revoke=any(map(role.may, (Permission.ENROL, Permission.HANDLE_INCIDENTS))),
        card_bits=list(CARD_FORMATS),
        pin_lengths=PIN_LENGTHS,
        last_schedule=SCHEDULES[-1],
    )


@router.post("/cards")
async def give(
    request: Request,
    asker: Asker,
    doors: Annotated[list[_Device], Form(max_length=1000)],
    holder: _Holder,
    bits: Annotated[int, Form()],
    household: Annotated[int | None, Form(ge=0)] = None,
    facility: Annotated[int, Form(ge=0, le=0xFFFFFFFF)] = 0,
    card: Annotated[int | None, Form(ge=0, le=0xFFFFFFFF)] = None,
    pin: Annotated[str | None, Form(max_length=20)] = None,
    begin: Annotated[date | None, Form()] = None,
    end: Annotated[date | None, Form()] = None,
    schedule: Annotated[int, Form()] = 0,
) -> Response:
    """Have doors let a holder in, from the beginning of a day until the end of another."""
    site = zone(request)
    from_s, until_s = (
        None if day is None else round(datetime.combine(day, time(), site).timestamp())
        for day in (begin, end and end + timedelta(days=1))
    )
    await context(request).desk.give(
        asker,
        [int(each, 16) for each in doors],
        holder,
        household,
        None if card is None else Card(bits, facility, card),
        pin or None,
        from_s or 0,
        until_s or ALWAYS,
        schedule,
    )
    return back(f"/cards?holder={holder}", "given")


@router.post("/cards/revoke")
async def revoke(
    request: Request,
    asker: Asker,
    holder: _Holder,
    door: Annotated[str, Form(pattern="^([0-9a-f]{8})?$")] = "",
    token: Annotated[str, Form(pattern="^([0-9a-f]{10})?$")] = "",
) -> Response:
    """Have a door, or all, let a holder in no more, with one card or any."""
    doors = [int(door, 16)] if door else None
    await context(request).desk.revoke(asker, holder, doors, token or None)
    return back(f"/cards?holder={holder}", "taken_back")
