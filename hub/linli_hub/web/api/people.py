"""Those who may log in."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request

from ..auth import Asker
from ..context import context
from ..models.base import Name
from ..models.people import Human, NewHuman, NewPassword, NewRole

router = APIRouter(tags=["people"])

# A name may have a slash in it.
_PERSON = "/people/{name:path}"
_Who = Annotated[Name, Path(description="Whose.")]


@router.get("/people", summary="List people")
async def people(request: Request, asker: Asker) -> list[Human]:
    """Return everybody who may log in, by name."""
    return [Human.of(each) for each in await context(request).desk.people(asker)]


@router.post("/people", status_code=HTTPStatus.NO_CONTENT, summary="Add a person")
async def add_person(request: Request, asker: Asker, asked: NewHuman) -> None:
    """Let somebody log in, with a password of 12 characters or more."""
    await context(request).desk.add_person(asker, asked.name, asked.role, asked.password)


@router.put(f"{_PERSON}/role", status_code=HTTPStatus.NO_CONTENT, summary="Change a role")
async def set_role(request: Request, asker: Asker, name: _Who, asked: NewRole) -> None:
    """Have somebody work as something else, or log in no more."""
    await context(request).desk.set_role(asker, name, asked.role)


@router.put(f"{_PERSON}/password", status_code=HTTPStatus.NO_CONTENT, summary="Change a password")
async def set_password(request: Request, asker: Asker, name: _Who, asked: NewPassword) -> None:
    """Give somebody else another password; all tokens of that person end."""
    await context(request).desk.set_password(asker, name, asked.password)
