"""The overview."""

from fastapi import Request, Response

from linli_protocol.catalogue import KINDS

from ...people import Person
from ..auth import Asker
from ..context import context
from ..notices import Kind, may_follow
from .rendering import render
from .route import pages
from .shown.state import Glance, glance

router = pages()


@router.get("/")
async def overview(request: Request, asker: Asker) -> Response:
    """Show the site at a glance."""
    kinds = [kind.value for kind in Kind if kind in may_follow(asker.role)]
    return render(
        request,
        "overview.html",
        asker,
        follows=tuple(kind for kind in kinds if kind != Kind.INCIDENT),
        state=await _state(request, asker),
        kinds=kinds,
        messages=sorted({row.name for row in KINDS.values()}),
    )


@router.get("/state")
async def state(request: Request, asker: Asker) -> Response:
    """Show the figures of the overview anew."""
    return render(request, "state.html", asker, state=await _state(request, asker))


async def _state(request: Request, person: Person) -> Glance:
    desk = context(request).desk
    return glance(await desk.site(person), await desk.fleet(person))
