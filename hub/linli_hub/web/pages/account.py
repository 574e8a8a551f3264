"""One's own password and tokens."""

from typing import Annotated

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from ...desk.persons import LONGEST_DAYS
from ...people.accounts import token_hash
from ...people.passwords import LEAST_LENGTH
from ..auth import Asker, trying_password
from ..context import context
from .rendering import back, render
from .route import pages

router = pages()


@router.get("/account")
async def account(request: Request, asker: Asker) -> Response:
    """Show one's tokens."""
    return await _account(request, asker)


@router.post("/account/password")
async def set_password(
    request: Request,
    asker: Asker,
    old: Annotated[str, Form(max_length=1000)],
    password: Annotated[str, Form(max_length=1000)],
) -> Response:
    """Give oneself another password, which ends all of one's sessions."""
    work = context(request).desk.set_password(asker, asker.name, password, old)
    await trying_password(request, asker.name, work)
    return RedirectResponse("/login", 303)


@router.post("/account/token")
async def make_token(request: Request, asker: Asker, days: Annotated[int, Form()]) -> Response:
    """Make a token for a program, and show it this once."""
    return await _account(request, asker, await context(request).desk.make_token(asker, days))


@router.post("/account/revoke")
async def revoke(
    request: Request,
    asker: Asker,
    hash_: Annotated[str, Form(alias="hash", pattern="^[0-9a-f]{64}$")],
) -> Response:
    """End a token."""
    await context(request).desk.revoke_token(asker, hash_)
    return back("/account", "revoked")


async def _account(request: Request, asker: Asker, secret: str = "") -> Response:
    return render(
        request,
        "account.html",
        asker,
        tokens=await context(request).desk.tokens(asker),
        own=token_hash(request.state.token),
        secret=secret,
        least=LEAST_LENGTH,
        longest=LONGEST_DAYS,
    )
