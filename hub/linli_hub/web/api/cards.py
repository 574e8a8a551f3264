"""Who is let in by which doors."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request

from ...desk.cards import Card
from ..auth import Asker
from ..context import context
from ..models.base import Address
from ..models.cards import Held, Holder, NewCredential, Revocation, Revoked

router = APIRouter(prefix="/cards", tags=["cards"])


@router.get("", summary="List who is let in where")
async def cards(
    request: Request,
    asker: Asker,
    door: Annotated[Address | None, Query(description="One door; all without it.")] = None,
    holder: Annotated[Holder | None, Query()] = None,
) -> list[Held]:
    """Return what lets people in, by door and holder; that it was shown is in the audit."""
    return [Held.of(each) for each in await context(request).desk.cards(asker, door, holder)]


@router.post("", status_code=HTTPStatus.NO_CONTENT, summary="Give a card or a PIN")
async def give(request: Request, asker: Asker, asked: NewCredential) -> None:
    """Have doors let a holder in; what a door has already of that card is replaced."""
    await context(request).desk.give(
        asker,
        asked.doors,
        asked.holder,
        asked.household,
        Card(**asked.card.model_dump()) if asked.card else None,
        asked.pin,
        asked.valid_from,
        asked.valid_until,
        asked.schedule,
    )


@router.post("/revocation", summary="Take cards or PINs back")
async def revoke(request: Request, asker: Asker, asked: Revocation) -> Revoked:
    """Have doors let a holder in no more; the duty desk may do it, too."""
    desk = context(request).desk
    return Revoked(revoked=await desk.revoke(asker, asked.holder, asked.doors, asked.token))
