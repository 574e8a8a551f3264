"""What an answer says when something is wrong: problem details, RFC 9457."""

import logging
import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from ..archive import ArchiveError
from ..desk import Forbidden, NotFound, Refused, Unavailable
from ..site import SiteError
from ..storage import StorageError
from ..vault import VaultError

_log = logging.getLogger(__name__)


class Mistake(BaseModel):
    """One mistake in what was asked."""

    where: str = Field(description="The path to the value, from `body`, `path`, `query` or header.")
    what: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """Why something was not done; `type` is always "about:blank", the status says it all."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = Field(description="What is wrong, in words for people.")
    mistakes: list[Mistake] = Field(default=[], description="Each mistake in what was asked.")


class ProblemError(Exception):
    """Answers a request with a problem."""

    def __init__(
        self, status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = dict(headers or {})


_STATUS: dict[type[Exception], HTTPStatus] = {
    Forbidden: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Refused: HTTPStatus.CONFLICT,
    # The hub goes on; whoever asks may do so again.
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    ArchiveError: HTTPStatus.SERVICE_UNAVAILABLE,
    SiteError: HTTPStatus.SERVICE_UNAVAILABLE,
    StorageError: HTTPStatus.SERVICE_UNAVAILABLE,
    VaultError: HTTPStatus.SERVICE_UNAVAILABLE,
}
TOLD = tuple(_STATUS)
"""The errors of the hub that whoever asks is told of."""


def answer(
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    mistakes: Sequence[Mistake] = (),
) -> Response:
    """Return a response with a problem."""
    problem = Problem(
        title=HTTPStatus(status).phrase, status=status, detail=detail, mistakes=list(mistakes)
    )
    return JSONResponse(
        problem.model_dump(),
        status,
        {"Cache-Control": "no-store", **(headers or {})},
        media_type="application/problem+json",
    )


def install(app: FastAPI) -> None:
    """Have every error of `app` answered with a problem."""
    app.add_exception_handler(ProblemError, _of_problem)
    app.add_exception_handler(RequestValidationError, _of_mistakes)
    app.add_exception_handler(HTTPException, _of_http)
    for kind in _STATUS:
        app.add_exception_handler(kind, _of_hub)
    app.add_exception_handler(Exception, _of_nobody)


def too_many(wait_s: float) -> ProblemError:
    """Return the problem of whoever asks too much."""
    wait = math.ceil(wait_s)
    return ProblemError(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"too many requests: again in {wait} s",
        {"Retry-After": str(wait)},
    )


def status_of(error: Exception) -> HTTPStatus:
    """Return what the desk's, or the site's, refusal is in HTTP."""
    return next(status for kind, status in _STATUS.items() if isinstance(error, kind))


def of(error: ProblemError) -> Response:
    """Return the response to what `error` answers."""
    return answer(error.status, str(error), error.headers)


async def _of_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return of(error)


async def _of_mistakes(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    mistakes = [
        Mistake(where=".".join(map(str, one["loc"])), what=one["msg"].removeprefix("Value error, "))
        for one in error.errors()
    ]
    told = "; ".join(f"{each.where}: {each.what}" for each in mistakes)
    return answer(HTTPStatus.UNPROCESSABLE_ENTITY, told, mistakes=mistakes)


async def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return answer(error.status_code, str(error.detail), error.headers)


async def _of_hub(request: Request, error: Exception) -> Response:
    status = status_of(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("%s %s: %s", request.method, request.url.path, error)
    return answer(status, str(error))


async def _of_nobody(request: Request, error: Exception) -> Response:
    # The server logs the error itself.
    return answer(HTTPStatus.INTERNAL_SERVER_ERROR, "the hub failed; its log says how")
