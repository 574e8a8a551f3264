"""What takes two persons: proposed here by one, approved by another."""

import json
from datetime import date, datetime, time
from typing import Annotated, Any

from fastapi import Form, Query, Request, Response

from linli_protocol import codes, words

from ...desk.operations import OPERATIONS
from ...people import Operation, Permission, Person
from ..auth import Asker
from ..context import context
from .formats import address
from .places import placed
from .rendering import back, now_us, render, zone
from .route import pages
from .shown.decisions import row, split

router = pages()
_ROWS = 100
_KINDS = {
    Operation.DOOR_RELEASE: words.DEVICE_KINDS[codes.DOOR],
    Operation.VALVE: words.DEVICE_KINDS[codes.METER],
}
_Address = Annotated[str, Form(pattern="^([0-9a-fA-F]{8})?$")]


@router.get("/proposals")
async def proposals(
    request: Request, asker: Asker, before: Annotated[int | None, Query(ge=1)] = None
) -> Response:
    """Show what waits for a second person, what became of the rest, and what can be proposed."""
    return render(
        request,
        "proposals.html",
        asker,
        follows=("proposal",),
        may_propose=asker.role.may(Permission.PROPOSE),
        forms=await _forms(request, asker),
        **await _listed(request, asker, before),
    )


@router.get("/proposals/list")
async def listed(request: Request, asker: Asker) -> Response:
    """Show what waits and what became of the rest anew."""
    return render(request, "waiting.html", asker, **await _listed(request, asker))


@router.post("/proposals")
async def propose(
    request: Request,
    asker: Asker,
    operation: Annotated[Operation, Form()],
    reason: Annotated[str, Form(max_length=200)],
    device: _Address = "",
    state: Annotated[str, Form(max_length=10)] = "",
    lost: Annotated[bool, Form()] = False,
    what: Annotated[str, Form(max_length=20)] = "",
    begin: Annotated[date | None, Form()] = None,
    end: Annotated[date | None, Form()] = None,
    k: Annotated[int | None, Form()] = None,
) -> Response:
    """Propose an operation."""
    arguments: dict[str, Any]
    if operation is Operation.BULK_EXPORT:
        site = zone(request)
        begin_s, end_s = (
            None if day is None else round(datetime.combine(day, time(), site).timestamp())
            for day in (begin, end)
        )
        arguments = {"what": what, "begin_s": begin_s, "end_s": end_s, "k": k}
    else:
        arguments = {"device": int(device, 16) if device else None}
    if operation is Operation.VALVE:
        arguments["state"] = state
    if operation is Operation.DECOMMISSION:
        arguments["lost"] = lost
    await context(request).desk.propose(asker, operation, arguments, reason)
    return back("/proposals", "proposed")


@router.post("/proposals/{number}/approve")
async def approve(request: Request, asker: Asker, number: int) -> Response:
    """Be the second person."""
    await context(request).desk.approve(asker, number)
    return back("/proposals", "approved")


@router.post("/proposals/{number}/withdraw")
async def withdraw(request: Request, asker: Asker, number: int) -> Response:
    """Take a proposal back, or decline it."""
    await context(request).desk.withdraw(asker, number)
    return back("/proposals", "withdrawn")


@router.post("/proposals/{number}/collect")
async def collect(request: Request, asker: Asker, number: int) -> Response:
    """Hand over an export as a file, once."""
    handed = await context(request).desk.collect(asker, number)
    name = f"linli-{number}.json"
    return Response(
        json.dumps(handed, ensure_ascii=False, indent=1),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _listed(request: Request, person: Person, before: int | None = None) -> dict[str, Any]:
    found = await context(request).desk.proposals(person, before, _ROWS)
    waiting, settled = split(row(each, person, now_us(request)) for each in found)
    older = found[-1].proposal.number if len(found) == _ROWS else None
    return {"waiting": waiting, "settled": settled, "older": older}


async def _forms(request: Request, person: Person) -> list[dict[str, Any]]:
    """Return what this person may propose, each with the devices that it can be proposed for."""
    desk = context(request).desk
    members, places = await desk.fleet(person), await placed(desk, person)
    return [
        {
            "operation": operation,
            "devices": [
                {"address": address(device), "place": place.place if place else None}
                for device, place in (
                    (each.enrolment.device, places.get(each.enrolment.device))
                    for each in members
                    if each.enrolment.kind == _KINDS.get(operation)
                )
            ],
        }
        for operation, way in OPERATIONS.items()
        if all(map(person.role.may, (Permission.PROPOSE, *way.needs)))
    ]
