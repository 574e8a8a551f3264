"""Who may log in, as what."""

from typing import Annotated

from fastapi import Form, Request, Response

from ...people import Role
from ...people.passwords import LEAST_LENGTH
from ..auth import Asker
from ..context import context
from .rendering import back, render
from .route import pages

router = pages()
_Name = Annotated[str, Form(max_length=64)]
_Password = Annotated[str, Form(max_length=1000)]


@router.get("/people")
async def people(request: Request, asker: Asker) -> Response:
    """Show who may log in."""
    found = await context(request).desk.people(asker)
    return render(request, "people.html", asker, people=found, roles=list(Role), least=LEAST_LENGTH)


@router.post("/people")
async def add(
    request: Request, asker: Asker, name: _Name, role: Annotated[Role, Form()], password: _Password
) -> Response:
    """Let somebody log in."""
    await context(request).desk.add_person(asker, name, role, password)
    return back("/people", "person_added")


@router.post("/people/role")
async def set_role(
    request: Request, asker: Asker, name: _Name, role: Annotated[str, Form(max_length=20)] = ""
) -> Response:
    """Have somebody work as something else, or log in no more."""
    await context(request).desk.set_role(asker, name, Role(role) if role else None)
    return back("/people", "role_set")


@router.post("/people/password")
async def set_password(
    request: Request, asker: Asker, name: _Name, password: _Password
) -> Response:
    """Give somebody else another password."""
    await context(request).desk.set_password(asker, name, password)
    return back("/people", "password_set")
