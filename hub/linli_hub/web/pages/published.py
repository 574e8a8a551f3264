"""The published list: what devices send and why, for everybody."""

from fastapi import Request, Response

from ...privacy.terms import Sensitivity
from .. import sessions
from ..context import context
from .rendering import render
from .route import pages
from .shown.published import kinds

router = pages()


@router.get("/published")
async def published(request: Request) -> Response:
    """Show the list, to whoever asks."""
    token = request.cookies.get(sessions.COOKIE)
    person = await context(request).desk.with_token(token) if token else None
    if person:
        request.state.token = token
    classes = [each.name.lower() for each in Sensitivity]
    return render(request, "published.html", person, kinds=kinds(), classes=classes)
