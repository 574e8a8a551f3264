"""From what a page shows to its HTML: templates, wording, who looks, what may be opened."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ...people import Permission, Person
from .. import sessions
from ..context import context
from . import formats
from .navigation import links
from .wording import Wording, chosen, wording

LANGUAGE_COOKIE = "linli_language"
_TEMPLATES = Path(__file__).parents[1] / "templates"


@cache
def environment() -> Environment:
    """Return what templates are rendered with: everything is escaped, nothing may be missing."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        cubic_metres=formats.cubic_metres, litres=formats.litres, share=formats.share
    )
    return made


def spoken(request: Request) -> Wording:
    """Return the texts of the language that the browser is to be spoken to in."""
    accepted = request.headers.get("Accept-Language")
    return wording(chosen(request.cookies.get(LANGUAGE_COOKIE), accepted))


def now_us(request: Request) -> int:
    """Return the hub's time, Unix µs."""
    return context(request).running.clock.unix_us()


def zone(request: Request) -> ZoneInfo:
    """Return the site's time zone."""
    return ZoneInfo(context(request).running.site.configuration.time_zone)


def render(
    request: Request,
    template: str,
    person: Person | None,
    status: int = 200,
    follows: tuple[str, ...] = (),
    **shown: Any,
) -> HTMLResponse:
    """Return a page. `follows` are the kinds of notices that it wants beside incidents."""
    page = template.removesuffix(".html")
    words = spoken(request)
    sees_incidents = person is not None and person.role.may(Permission.SEE_INCIDENTS)
    kinds = (("incident",) if sees_incidents else ()) + follows
    open_pages = links(person.role) if person else []
    done = request.query_params.get("done", "")
    token = getattr(request.state, "token", None)
    text = (
        environment()
        .get_template(template)
        .render(
            {
                "t": words.text,
                "w": words.word,
                "f": formats.Formats(now_us(request), zone(request), words),
                "language": words.language,
                "zone": zone(request).key,
                "page": page,
                "person": person,
                "links": open_pages,
                "paths": {each.path for each in open_pages},
                "sees_incidents": sees_incidents,
                "stream": "/api/v1/events?" + urlencode([("kinds", each) for each in kinds]),
                "follows": bool(kinds),
                "csrf": sessions.csrf_of(token) if token else "",
                "back": here(request),
                "done": words.text(f"done.{done}") if f"done.{done}" in words.texts else "",
                **shown,
            }
        )
    )
    return HTMLResponse(text, status)


def here(request: Request) -> str:
    """Return where to come back to: the page that is asked for, as a path of this hub."""
    query = urlencode([pair for pair in request.query_params.multi_items() if pair[0] != "done"])
    return quote(request.url.path) + (f"?{query}" if query else "")


def local(path: str) -> str:
    """Return a path of this hub as it is, and "/" for whatever leads elsewhere."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


def back(path: str, done: str) -> RedirectResponse:
    """Lead to a page of this hub that says what was done."""
    path = local(path)
    return RedirectResponse(f"{path}{'&' if '?' in path else '?'}done={done}", 303)


def linker(path: str, **query: str) -> Callable[[int], str]:
    """Return what gives the address of a page of a long table."""
    wanted = {name: value for name, value in query.items() if value}
    return lambda number: f"{path}?{urlencode({**wanted, 'sheet': number})}"
