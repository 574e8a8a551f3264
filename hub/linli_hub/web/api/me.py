"""Who asks: log in and out, one's own password and tokens."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request

from .. import auth
from ..auth import Asker, trying_password
from ..context import context
from ..models.people import Lifetime, LogIn, Me, NewToken, OwnPassword, Token

router = APIRouter(tags=["me"])


@router.post("/log-in", summary="Get a token for a name and a password")
async def log_in(request: Request, asked: LogIn) -> NewToken:
    """Return a token for 12 hours. Who fails has to wait, longer each time."""
    _, token = await auth.log_in(request, asked.name, asked.password)
    return NewToken(token=token)


@router.post("/log-out", status_code=HTTPStatus.NO_CONTENT, summary="End the token that is sent")
async def log_out(request: Request, asker: Asker) -> None:
    """End the token, or the browser's session."""
    await context(request).desk.log_out(request.state.token)


@router.get("/me", summary="Who am I?")
async def me(asker: Asker) -> Me:
    """Return who asks, and what that person may do."""
    return Me.of(asker)


@router.put("/me/password", status_code=HTTPStatus.NO_CONTENT, summary="Change one's own password")
async def set_password(request: Request, asker: Asker, asked: OwnPassword) -> None:
    """Give oneself another password; all of one's tokens end."""
    name, desk = asker.name, context(request).desk
    work = desk.set_password(asker, name, asked.password, asked.old)
    await trying_password(request, name, work)


@router.get("/tokens", summary="List tokens in force")
async def tokens(request: Request, asker: Asker) -> list[Token]:
    """Return one's own tokens; everybody's for who manages people."""
    return [Token.of(each) for each in await context(request).desk.tokens(asker)]


@router.post("/tokens", status_code=HTTPStatus.CREATED, summary="Make a token")
async def make_token(request: Request, asker: Asker, asked: Lifetime) -> NewToken:
    """Return a token of one's own for a program, which is shown this once."""
    return NewToken(token=await context(request).desk.make_token(asker, asked.days))


@router.delete("/tokens/{hash}", status_code=HTTPStatus.NO_CONTENT, summary="End a token")
async def revoke_token(
    request: Request,
    asker: Asker,
    token_hash: Annotated[str, Path(alias="hash", pattern="^[0-9a-f]{64}$")],
) -> None:
    """End the token of that hash."""
    await context(request).desk.revoke_token(asker, token_hash)
