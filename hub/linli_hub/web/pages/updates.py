"""Updates: a bundle is brought to devices, and how far that is."""

from typing import Any

from fastapi import Request, Response
from starlette.datastructures import UploadFile

from ...desk import Refused
from ...people import Permission, Person
from ..auth import Asker
from ..context import context
from .rendering import back, render
from .route import pages
from .shown.campaigns import row
from .shown.typed import device_address

router = pages()


@router.get("/updates")
async def updates(request: Request, asker: Asker) -> Response:
    """Show campaigns, and ask for a bundle."""
    return render(
        request, "updates.html", asker, follows=("heard",), **await _listed(request, asker)
    )


@router.get("/updates/list")
async def listed(request: Request, asker: Asker) -> Response:
    """Show campaigns anew."""
    return render(request, "campaigns.html", asker, **await _listed(request, asker))


@router.post("/updates")
async def begin(request: Request, asker: Asker) -> Response:
    """Begin to bring a bundle to the devices that are named, or all of its kind."""
    # Fields as parameters would be taken in, a long file too, before it is known who asks.
    async with request.form() as form:
        named, bundle = form.get("devices"), form.get("bundle")
        text = named if isinstance(named, str) else ""
        content = await bundle.read() if isinstance(bundle, UploadFile) else b""
    chosen = [_address(each) for each in text.replace(",", " ").split()]
    await context(request).desk.begin_update(asker, content, chosen or None)
    return back("/updates", "update_begun")


@router.post("/updates/{number}/end")
async def end(request: Request, asker: Asker, number: int) -> Response:
    """Send nothing more for a campaign."""
    await context(request).desk.end_update(asker, number)
    return back("/updates", "update_ended")


async def _listed(request: Request, person: Person) -> dict[str, Any]:
    found = await context(request).desk.updates(person)
    return {
        "campaigns": [row(each) for each in found],
        "may_update": person.role.may(Permission.ENROL),
    }


def _address(text: str) -> int:
    found = device_address(text)
    if found is None:
        raise Refused(f"{text!r} is no device's address", key="no_address", text=text)
    return found
