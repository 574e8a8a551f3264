"""Log in, log out, and the language that is spoken."""

from typing import Annotated, Literal

from fastapi import Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from .. import sessions
from ..auth import Asker, log_in
from ..context import context
from ..problems import ProblemError
from .rendering import LANGUAGE_COOKIE, local, render, spoken
from .route import pages

router = pages()
_YEAR_S = 366 * 86_400


@router.get("/login")
async def ask(request: Request, back: Annotated[str, Query(max_length=500)] = "/") -> Response:
    """Ask for name and password."""
    return render(request, "login.html", None, trouble="", back=local(back))


@router.post("/login")
async def begin(
    request: Request,
    name: Annotated[str, Form(max_length=100)],
    password: Annotated[str, Form(max_length=1000)],
    back: Annotated[str, Form(max_length=500)] = "/",
) -> Response:
    """Begin a session, or say why not."""
    try:
        _, token = await log_in(request, name, password)
    except ProblemError as error:
        wait_s = error.headers.get("Retry-After")
        text = spoken(request).text
        trouble = text("login.wait", s=wait_s) if wait_s else text("login.wrong")
        return render(
            request, "login.html", None, int(error.status), trouble=trouble, back=local(back)
        )
    response = RedirectResponse(local(back), 303)
    sessions.begin(response, token, context(request).settings.tls)
    return response


@router.post("/logout")
async def end(request: Request, asker: Asker) -> Response:
    """End the session."""
    here = context(request)
    await here.desk.log_out(request.state.token)
    response = RedirectResponse("/login", 303)
    sessions.end(response, here.settings.tls)
    return response


@router.get("/language/{language}")
async def speak(
    request: Request,
    language: Literal["zh", "en"],
    back: Annotated[str, Query(max_length=500)] = "/",
) -> Response:
    """Speak another language from now on."""
    response = RedirectResponse(local(back), 303)
    response.set_cookie(
        LANGUAGE_COOKIE,
        language,
        max_age=_YEAR_S,
        secure=context(request).settings.tls,
        httponly=True,
        samesite="lax",
    )
    return response
