"""The API's description, OpenAPI 3.1: as FastAPI makes it, with problems as they are answered."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from .problems import Mistake, Problem

PATH = "/api/openapi.json"
TITLE = "Linli hub"
DESCRIPTION = """\
What the hub of a community knows and does. Times are Unix µs (`_us`) or s (`_s`), addresses of \
devices 8 hexadecimal digits. Whatever is about people is in the audit before it is told.\
"""

_REFERENCE = "#/components/schemas/{model}"
_PROBLEM = {
    "description": "A problem",
    "content": {
        "application/problem+json": {"schema": {"$ref": _REFERENCE.format(model="Problem")}}
    },
}


def operation_id(route: APIRoute) -> str:
    """Return the name of a route: its subject, and what it does."""
    tag = route.tags[0] if route.tags else "page"
    return f"{tag}-{route.name}".replace("_", "-")


def description(app: FastAPI) -> dict[str, Any]:
    """Return the description of `app`."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes
        )
        for path in schema["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
                operation["responses"]["default"] = _PROBLEM
        schemas = schema["components"]["schemas"]
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        for model in (Mistake, Problem):
            made = model.model_json_schema(ref_template=_REFERENCE)
            made.pop("$defs", None)
            schemas[model.__name__] = made
        app.openapi_schema = schema
    return app.openapi_schema
