"""Calls for help: the open ones, those that are over, one of them, and the duty desk."""

from typing import Annotated, Any

from fastapi import Form, Query, Request, Response

from linli_protocol import codes

from ...people import Permission, Person
from ...views.incidents import GRADES
from ..auth import Asker
from ..context import context
from .rendering import back as back_to
from .rendering import now_us, render, spoken
from .route import pages
from .shown.calls import Call, call, urgent_first, waiting

router = pages()
_PAST = 50


@router.get("/incidents")
async def incidents(
    request: Request, asker: Asker, before: Annotated[int | None, Query(ge=1)] = None
) -> Response:
    """Show open calls, and below them those that are over."""
    desk = context(request).desk
    found = await desk.incidents(asker, only_open=False, before=before, limit=_PAST)
    past = [each for each in (call(one, now_us(request)) for one in found) if not each.is_open]
    older = found[-1].incident.alarm if len(found) == _PAST else None
    return render(
        request, "incidents.html", asker, past=past, older=older, **await _open(request, asker)
    )


@router.get("/incidents/open")
async def open_calls(request: Request, asker: Asker) -> Response:
    """Show the open calls anew."""
    return render(request, "calls.html", asker, **await _open(request, asker))


@router.get("/duty")
async def duty(request: Request, asker: Asker) -> Response:
    """Show the open calls, to be read from across the room."""
    return render(request, "duty.html", asker, **await _open(request, asker, "/duty"))


@router.get("/duty/open")
async def duty_calls(request: Request, asker: Asker) -> Response:
    """Show the open calls at the duty desk anew."""
    shown = await _open(request, asker, "/duty")
    return render(request, "calls.html", asker, **{**shown, "page": "duty"})


@router.get("/incidents/banner")
async def banner(request: Request, asker: Asker) -> Response:
    """Say how many calls are open; nothing of what they are."""
    open_, unanswered = await context(request).desk.open_calls(asker)
    return render(request, "banner.html", asker, open=open_, waiting=unanswered)


@router.get("/incidents/{alarm}")
async def incident(request: Request, asker: Asker, alarm: int) -> Response:
    """Show one call, and who did what when."""
    found = await context(request).desk.incident(asker, alarm)
    return render(
        request,
        "incident.html",
        asker,
        call=call(found, now_us(request)),
        **_possible(asker, f"/incidents/{alarm}"),
    )


@router.post("/incidents/{alarm}")
async def handle(
    request: Request,
    asker: Asker,
    alarm: int,
    state: Annotated[int, Form()],
    grade: Annotated[int | None, Form()] = None,
    back: Annotated[str, Form(max_length=100)] = "/incidents",
) -> Response:
    """Write down what was done about a call."""
    await context(request).desk.handle(asker, alarm, state, grade)
    return back_to(back, "handled")


async def _open(request: Request, person: Person, where: str = "/incidents") -> dict[str, Any]:
    found = await context(request).desk.incidents(person)
    calls: list[Call] = urgent_first([call(each, now_us(request)) for each in found])
    unanswered = waiting(calls)
    return {
        "calls": calls,
        "waiting": unanswered,
        "announced": spoken(request).text("incidents.announced", n=unanswered, all=len(calls)),
        "refreshed": f"{where}/open",
        **_possible(person, where),
    }


def _possible(person: Person, where: str) -> dict[str, Any]:
    return {
        "may_handle": person.role.may(Permission.HANDLE_INCIDENTS),
        "grades": GRADES,
        "closed": codes.CLOSED,
        "back": where,
    }
