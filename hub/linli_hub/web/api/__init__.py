"""The routes of the API, a module a subject."""

from fastapi import APIRouter

from ..stream import router as events
from . import devices, doors, households, incidents, me, meters, people, proposals, trail

router = APIRouter(prefix="/api/v1")
for each in (me, devices, incidents, doors, meters, proposals, households, people, trail):
    router.include_router(each.router)
router.include_router(events)
