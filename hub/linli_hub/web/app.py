"""The hub's web application: everything that is asked of it over HTTP."""

from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles

from ..desk import Desk
from ..live.running import RunningSite
from ..people import Permission
from . import api, docs, health, metrics, openapi, pages, problems
from .auth import Asker
from .context import Context, context
from .headers import Headers
from .problems import ProblemError
from .requests import Requests
from .settings import Web

_STATIC = Path(__file__).parent / "static"


def application(desk: Desk, running: RunningSite, settings: Web) -> FastAPI:
    """Return the application of `desk`, which is that of `running`."""
    here = Context(desk, running, settings)
    app = routed()
    app.state.context = here
    problems.install(app)
    app.include_router(docs.router)
    app.include_router(pages.router)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    # The last one added comes first.
    app.add_middleware(Requests, here=here)
    app.add_middleware(Headers)
    return app


def routed() -> FastAPI:
    """Return an application that has no more than the API's routes, and their description."""
    app = FastAPI(
        title=openapi.TITLE,
        version=version("linli"),
        openapi_url=openapi.PATH,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=openapi.operation_id,
    )
    app.openapi = lambda: openapi.description(app)  # type: ignore[method-assign]
    for router in (api.router, health.router, _router):
        app.include_router(router)
    return app


_router = APIRouter(tags=["metrics"])


@_router.get(
    "/metrics",
    summary="How does the hub do?",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def told(request: Request, asker: Asker) -> Response:
    """Return the hub's figures in Prometheus's text format."""
    if not asker.role.may(Permission.SEE_SITE):
        raise ProblemError(HTTPStatus.FORBIDDEN, f"{asker.name} may not: {Permission.SEE_SITE}")
    here = context(request)
    text = await here.metrics.text(here.feed.followers)
    return Response(text, media_type=metrics.CONTENT_TYPE)
