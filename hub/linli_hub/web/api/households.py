"""What households consent to, and their erasure."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request

from ...privacy import Purpose
from ..auth import Asker
from ..context import context
from ..models.base import Household
from ..models.households import Consent, Erasure, NewConsent

router = APIRouter(prefix="/households/{household}", tags=["households"])

_Number = Annotated[Household, Path()]


@router.get("/consents", summary="What does a household consent to?")
async def consents(request: Request, asker: Asker, household: _Number) -> list[Consent]:
    """Return its last word on each purpose of which it has said anything."""
    found = await context(request).desk.consents(asker, household)
    return [Consent.of(each) for each in found]


@router.put("/consents/{purpose}", status_code=HTTPStatus.NO_CONTENT, summary="Record a consent")
async def consent(
    request: Request, asker: Asker, household: _Number, purpose: Purpose, asked: NewConsent
) -> None:
    """Write down that a household consents, or does no longer; it counts at once."""
    await context(request).desk.consent(asker, household, purpose, asked.given, asked.how)


@router.post("/erasure", status_code=HTTPStatus.NO_CONTENT, summary="Erase a household")
async def erase(request: Request, asker: Asker, household: _Number, asked: Erasure) -> None:
    """Erase what is known of a household; it cannot be taken back."""
    await context(request).desk.erase(asker, household, asked.reason)
