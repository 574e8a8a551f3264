"""The session of a browser: a token in a cookie, and what proves that a form is the hub's own."""

import hmac

from fastapi import Request, Response

COOKIE = "linli_session"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def csrf_of(token: str) -> str:
    """Return what the hub's own pages send along, which only they can know.

    Another site can make a browser send the cookie, but does not see the token.
    """
    return hmac.digest(token.encode(), b"linli csrf", "sha256").hex()


def begin(response: Response, token: str, tls: bool) -> None:
    """Have the browser keep a token until it is closed; no script can read it."""
    response.set_cookie(COOKIE, token, path="/", secure=tls, httponly=True, samesite="strict")


def end(response: Response, tls: bool) -> None:
    """Have the browser forget the token."""
    response.delete_cookie(COOKIE, path="/", secure=tls, httponly=True, samesite="strict")


def is_foreign(request: Request) -> bool:
    """Tell whether a browser says that a page of somebody else's has it ask."""
    return request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")


async def is_own(request: Request, token: str) -> bool:
    """Tell whether a request that changes something comes from a page of the hub."""
    said = request.headers.get(CSRF_HEADER)
    if said is None and request.headers.get("Content-Type", "").startswith(_FORMS):
        field = (await request.form()).get(CSRF_FIELD)
        said = field if isinstance(field, str) else None
    return said is not None and hmac.compare_digest(said.encode(), csrf_of(token).encode())
