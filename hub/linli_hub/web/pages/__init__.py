"""The dashboard: pages for people, a module a subject. They work without JavaScript, too."""

from fastapi import APIRouter

from . import (
    account,
    audit,
    consent,
    doors,
    fleet,
    incidents,
    meters,
    overview,
    people,
    proposals,
    published,
    radar,
    session,
)

router = APIRouter(include_in_schema=False)
for each in (
    session,
    overview,
    incidents,
    doors,
    meters,
    fleet,
    proposals,
    consent,
    radar,
    audit,
    people,
    account,
    published,
):
    router.include_router(each.router)
