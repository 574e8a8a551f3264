"""Whether the hub lives, and whether it can do its work; for whoever restarts or watches it."""

from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel

from .context import context
from .problems import ProblemError

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """Nothing is wrong."""

    status: Literal["ok"] = "ok"


@router.get("/healthz", summary="Does the hub answer?")
async def live() -> Health:
    """Answer: the event loop turns, for it has come here."""
    return Health()


@router.get("/readyz", summary="Can the hub do its work?")
async def ready(request: Request) -> Health:
    """Answer if the database takes what the hub writes down."""
    running = context(request).running
    journal = running.site.journal
    if "database" in running.troubles() or journal.failed:
        # Why is for those who may log in; this is for everybody.
        raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "the database takes nothing")
    if journal.full:
        raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "the database is far behind")
    return Health()
