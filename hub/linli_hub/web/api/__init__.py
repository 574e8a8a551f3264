"""The routes of the API, a module a subject."""

from fastapi import APIRouter

from ..stream import router as events
from . import (
    cards,
    devices,
    doors,
    households,
    incidents,
    me,
    meters,
    people,
    proposals,
    trail,
    updates,
)

router = APIRouter(prefix="/api/v1")
for each in (
    me,
    devices,
    incidents,
    doors,
    cards,
    meters,
    proposals,
    households,
    updates,
    people,
    trail,
):
    router.include_router(each.router)
router.include_router(events)
