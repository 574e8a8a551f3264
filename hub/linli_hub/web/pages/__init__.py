"""The dashboard: pages for people, a module a subject. They work without JavaScript, too."""

from fastapi import APIRouter

from . import (
    account,
    audit,
    cards,
    consent,
    doors,
    fleet,
    incidents,
    install,
    meters,
    overview,
    people,
    proposals,
    published,
    radar,
    session,
    updates,
)

router = APIRouter(include_in_schema=False)
for each in (
    session,
    overview,
    incidents,
    doors,
    cards,
    meters,
    fleet,
    install,
    updates,
    proposals,
    consent,
    radar,
    audit,
    people,
    account,
    published,
):
    router.include_router(each.router)
