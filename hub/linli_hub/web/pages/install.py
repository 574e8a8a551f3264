"""A device on its way into service: enrolled, heard for the first time, placed; and out again."""

from typing import Annotated, Any, Literal

from fastapi import Form, Path, Query, Request, Response

from linli_protocol import words

from ...desk.devices import GENERATIONS
from ...desk.subject import may_not, no_device
from ...people import Operation, Permission, Person
from ...views.fleet import Member
from ..auth import Asker
from ..context import context
from .formats import address
from .places import placed
from .rendering import back, now_us, render, spoken
from .route import pages
from .shown import members
from .shown.typed import device_address
from .shown.typed import place as place_of

router = pages()
_LISTED = 100
_Address = Annotated[str, Path(pattern="^[0-9a-f]{8}$")]
_Since = Annotated[int, Query(ge=0)]
_Part = Annotated[str, Form(max_length=48, pattern=r"^[^\x00-\x1f\x7f]*$")]


@router.get("/install")
async def install(request: Request, asker: Asker) -> Response:
    """Ask for a device, and show those that are enrolled and were never heard."""
    _allow(asker)
    return await _asked(request, asker)


@router.post("/install")
async def enrol(
    request: Request,
    asker: Asker,
    device: Annotated[str, Form(max_length=60)],
    kind: Annotated[str, Form(max_length=20)],
    way: Annotated[str, Form(max_length=40)],
    also: Annotated[tuple[str, ...], Form(max_length=8)] = (),
    generation: Annotated[int | None, Form()] = None,
) -> Response:
    """Enrol a device; one that is known already only when its generation is given."""
    _allow(asker)
    desk, text = context(request).desk, spoken(request).text
    typed = {"device": device, "kind": kind, "way": way, "also": also, "generation": generation}
    found = device_address(device)
    if found is None:
        trouble = text("refused.no_address", text=device)
        return await _asked(request, asker, {**typed, "trouble": trouble})
    known = await _member(request, asker, found)
    if known is not None and generation is None:
        now = known.enrolment.generation
        trouble = text("install.known", device=address(found), n=now)
        anew = {"generation": min(now + 1, GENERATIONS - 1), "trouble": trouble}
        return await _asked(request, asker, {**typed, **anew})
    its_page = f"/install/{address(found)}?since={now_us(request) // 1_000_000}"
    await desk.enrol(asker, found, kind, [way, *also], generation or 0)
    return back(its_page, "enrolled")


@router.get("/install/{device}")
async def device(request: Request, asker: Asker, device: _Address, since: _Since = 0) -> Response:
    """Show whether a device was heard, where it is, and how it is taken out."""
    _allow(asker)
    return await _device(request, asker, device, since)


@router.get("/install/{device}/state")
async def state(request: Request, asker: Asker, device: _Address, since: _Since = 0) -> Response:
    """Show anew whether a device was heard."""
    _allow(asker)
    return render(request, "heard.html", asker, **await _heard(request, asker, device, since))


@router.post("/install/{device}/place")
async def place(
    request: Request,
    asker: Asker,
    device: _Address,
    where: Annotated[Literal["household", "common"], Form()],
    household: Annotated[int | None, Form(ge=0)] = None,
    site: _Part = "",
    building: _Part = "",
    floor: _Part = "",
    flat: _Part = "",
) -> Response:
    """Say where a device is."""
    _allow(asker)
    text = spoken(request).text
    parts = (site, building, floor, flat)
    found = place_of(*parts)
    trouble = ""
    if where == "household" and household is None:
        trouble = text("install.no_household")
    elif found is None:
        trouble = text("install.no_place")
    if trouble or found is None:
        typed = {"where": where, "household": household, "parts": parts, "trouble": trouble}
        return await _device(request, asker, device, typed=typed)
    of = household if where == "household" else None
    await context(request).desk.place(asker, int(device, 16), of, found)
    return back(f"/install/{device}", "placed")


def _allow(person: Person) -> None:
    if not person.role.may(Permission.ENROL):
        raise may_not(person, Permission.ENROL)


async def _asked(request: Request, person: Person, typed: dict[str, Any] | None = None) -> Response:
    """Return the page that asks for a device, with what was typed and why it will not do."""
    here = context(request)
    found, places = await here.desk.fleet(person), await placed(here.desk, person)
    now = now_us(request)
    never = [
        members.row(each, places.get(each.enrolment.device), now)
        for each in found
        if each.heard_us is None
    ]
    blank = {"device": "", "kind": "", "way": "", "also": (), "generation": None, "trouble": ""}
    return render(
        request,
        "install.html",
        person,
        422 if typed else 200,
        typed={**blank, **(typed or {})},
        kinds=list(words.DEVICE_KINDS.values()),
        ways=list(here.running.ways),
        never=never[:_LISTED],
        never_count=len(never),
        most=GENERATIONS - 1,
    )


async def _device(
    request: Request,
    person: Person,
    device: str,
    since: int = 0,
    typed: dict[str, Any] | None = None,
) -> Response:
    """Return a device's page, with what was typed of its place and why it will not do."""
    shown = await _heard(request, person, device, since)
    places = await placed(context(request).desk, person)
    where = places.get(int(device, 16))
    sites = sorted({each.place.split("/")[0] for each in places.values() if each.place})
    parts = where.place.split("/") if where else sites[:1] if len(sites) == 1 else []
    known = {
        "where": "" if where is None else "common" if where.household is None else "household",
        "household": where.household if where else None,
        "parts": (*parts, "", "", "", "")[:4],
        "trouble": "",
    }
    return render(
        request,
        "device.html",
        person,
        422 if typed else 200,
        follows=("heard",),
        where=where,
        typed=typed or known,
        sites=sites,
        decommission=Operation.DECOMMISSION,
        may_propose=person.role.may(Permission.PROPOSE),
        **shown,
    )


async def _heard(request: Request, person: Person, device: str, since: int) -> dict[str, Any]:
    """Return how a device is; it counts as heard when that was after `since`, Unix s."""
    found = await _member(request, person, int(device, 16))
    if found is None:
        raise no_device(int(device, 16))
    heard_us = found.heard_us
    return {
        "shown": members.row(found, None, now_us(request)),
        "ways": found.enrolment.ways,
        "generation": found.enrolment.generation,
        "is_heard": heard_us is not None and heard_us >= since * 1_000_000,
        "refreshed": f"/install/{device}/state?since={since}",
    }


async def _member(request: Request, person: Person, device: int) -> Member | None:
    found = await context(request).desk.fleet(person)
    return next((each for each in found if each.enrolment.device == device), None)
