"""Who asks: by a token in the header, or by the session of a browser."""

from collections.abc import Coroutine
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from ..desk import Forbidden
from ..people import Person
from . import sessions
from .context import context
from .limits import Crowded
from .problems import ProblemError, too_many

_T = TypeVar("_T")

_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})

_BEARER = HTTPBearer(auto_error=False, description="A token, see docs/API.md")
_COOKIE = APIKeyCookie(
    name=sessions.COOKIE, auto_error=False, description="A browser's session, with X-CSRF-Token"
)


async def asker(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
    cookie: Annotated[str | None, Security(_COOKIE)],
) -> Person:
    """Return who asks; a problem when nobody does, or asks too much."""
    here = context(request)
    in_cookie = bearer is None
    token = cookie if bearer is None else bearer.credentials
    person = None if token is None else await here.desk.with_token(token)
    if person is None or token is None:
        raise ProblemError(
            HTTPStatus.UNAUTHORIZED,
            "log in, or send a token that is valid",
            {"WWW-Authenticate": "Bearer"},
        )
    here.log_ins.seen(person.name, address_of(request))
    wait_s = here.per_person.take(person.name)
    if wait_s:
        raise too_many(wait_s)
    if in_cookie and request.method in _UNSAFE and not await sessions.is_own(request, token):
        raise ProblemError(
            HTTPStatus.FORBIDDEN,
            f"{sessions.CSRF_HEADER} is missing or wrong: load the page again",
        )
    request.state.token = token
    return person


Asker = Annotated[Person, Depends(asker)]
"""Who asks, as a parameter of a route."""


async def log_in(request: Request, name: str, password: str) -> tuple[Person, str]:
    """Return who logs in, and the token of the session; a problem when that fails."""
    if sessions.is_foreign(request):
        raise ProblemError(HTTPStatus.FORBIDDEN, "log in on a page of the hub itself")
    desk, address = context(request).desk, address_of(request)
    try:
        return await trying_password(request, name, desk.log_in(name, password, address))
    except Forbidden as error:
        raise ProblemError(HTTPStatus.UNAUTHORIZED, str(error)) from error


async def trying_password(request: Request, name: str, work: Coroutine[Any, Any, _T]) -> _T:
    """Return what `work` does, which checks a password; whoever has failed often has to wait."""
    here, address = context(request), address_of(request)
    try:
        with here.checks.waiting(address):
            async with here.checks.turn:
                wait_s = here.log_ins.wait_s(name, address)
                if wait_s:
                    raise too_many(wait_s)
                done = await work
    except Crowded:
        raise too_many(1.0) from None
    except Forbidden:
        here.log_ins.failed(name, address)
        raise
    finally:
        # It may not have begun.
        work.close()
    here.log_ins.succeeded(name, address)
    return done


def address_of(request: Request) -> str:
    """Return the address that a request comes from."""
    return request.client.host if request.client else ""
