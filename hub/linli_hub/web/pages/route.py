"""Routes of pages: whoever is not logged in is led there, and problems are told on a page."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from .. import sessions
from ..context import context
from ..problems import TOLD, ProblemError, status_of
from .rendering import here, render, spoken


class PageRoute(APIRoute):
    """A route of which people read the problems."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except ProblemError as error:
                if error.status == HTTPStatus.UNAUTHORIZED:
                    return _to_log_in(request)
                return await _told(request, error.status, str(error))
            except TOLD as error:
                return await _told(request, status_of(error), spoken(request).error(error))
            except RequestValidationError as error:
                names = ", ".join(str(one["loc"][-1]) for one in error.errors())
                detail = spoken(request).text("problem.fields", names=names)
                return await _told(request, HTTPStatus.UNPROCESSABLE_ENTITY, detail)

        return handled


def pages() -> APIRouter:
    """Return a router for pages, which are no part of the API."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)


def _to_log_in(request: Request) -> Response:
    if "HX-Request" in request.headers:
        # A part of a page: the page as a whole is to go there.
        return Response(status_code=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": "/login"})
    where = here(request)
    query = "" if where == "/" else "?" + urlencode({"back": where})
    return RedirectResponse(f"/login{query}", HTTPStatus.SEE_OTHER)


async def _told(request: Request, status: int, detail: str) -> Response:
    token = request.cookies.get(sessions.COOKIE)
    person = await context(request).desk.with_token(token) if token else None
    if person:
        request.state.token = token
    title = spoken(request).word("problem", str(int(status)))
    where = "/" + request.url.path.split("/")[1]
    return render(
        request, "problem.html", person, int(status), title=title, detail=detail, back=where
    )
