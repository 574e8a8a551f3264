"""The risk radar: twelve indicators, and incidents by their grades with their clocks."""

from fastapi import Request, Response

from ..auth import Asker
from ..context import context
from .rendering import render
from .route import pages
from .shown.radar import drawing, incident, row

router = pages()


@router.get("/radar")
async def radar(request: Request, asker: Asker) -> Response:
    """Show what threatens the site now."""
    found = await context(request).desk.radar(asker)
    incidents = None if found.incidents is None else [incident(each) for each in found.incidents]
    return render(
        request,
        "radar.html",
        asker,
        drawing=drawing(found.readings),
        indicators=[row(each) for each in found.readings],
        incidents=incidents,
        counts=[
            {"grade": str(int(grade)), "open": count, "missed": found.missed[grade]}
            for grade, count in found.open.items()
        ],
    )
