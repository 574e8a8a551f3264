"""What every request passes first: it is measured, and not one too many from its address."""

import time
from http import HTTPStatus

from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..desk.updates import LONGEST_BUNDLE
from . import openapi, problems
from .context import Context
from .problems import ProblemError
from .stream import OPERATION as STREAM

# The longest thing that anybody asks is a card for many doors, but for a bundle; a form has more.
_MOST_BYTES = 64 * 1024
_MOST_BYTES_AT = {
    "/api/v1/updates": LONGEST_BUNDLE,
    "/updates": LONGEST_BUNDLE + _MOST_BYTES,
}
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


class Requests:
    """Lets requests through to `app`, and tells the metrics of `here`."""

    def __init__(self, app: ASGIApp, here: Context) -> None:
        self._app = app
        self._here = here

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.monotonic()
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        problem = self._problem(scope)
        answer = self._app if problem is None else problems.of(problem)
        try:
            await answer(scope, receive, noted)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            operation = _operation(scope.get("route"))
            duration_s = None if operation == STREAM else time.monotonic() - began
            self._here.metrics.answered(method, operation, status, duration_s)

    def _problem(self, scope: Scope) -> ProblemError | None:
        wait_s = self._here.per_address.take(scope["client"][0] if scope["client"] else "")
        if wait_s:
            return problems.too_many(wait_s)
        headers = Headers(scope=scope)
        if "Transfer-Encoding" in headers:
            return ProblemError(HTTPStatus.LENGTH_REQUIRED, "say Content-Length")
        most = _MOST_BYTES_AT.get(scope["path"], _MOST_BYTES)
        if int(headers.get("Content-Length", "0")) > most:
            return ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {most} bytes")
        return None


def _operation(route: object) -> str:
    """Return the name of a route; a few are enough for all of the web server's own."""
    return openapi.operation_id(route) if isinstance(route, APIRoute) else "other"
