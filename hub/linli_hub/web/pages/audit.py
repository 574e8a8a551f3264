"""The audit, and whether the log is what was written."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request, Response

from ..auth import Asker
from ..context import context
from .rendering import render, spoken
from .route import pages
from .shown.deeds import KINDS, VALUES, row

router = pages()
_ROWS = 100


@router.get("/audit")
async def audit(
    request: Request,
    asker: Asker,
    by: Annotated[str, Query(max_length=64)] = "",
    kind: Annotated[str, Query(max_length=40)] = "",
    before: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """Show who did what, and who looked at what."""
    return await _audit(request, asker, by, kind, before)


@router.post("/audit/verify")
async def verify(request: Request, asker: Asker) -> Response:
    """Follow the log, and say how far it is as it was written."""
    found = await context(request).desk.verify(asker)
    verified = spoken(request).text(
        "audit.verified", first=found.start.number, last=found.end.number, hash=found.end.hash.hex()
    )
    return await _audit(request, asker, verified=verified)


async def _audit(
    request: Request,
    asker: Asker,
    by: str = "",
    kind: str = "",
    before: int | None = None,
    verified: str | None = None,
) -> Response:
    found = await context(request).desk.audit(asker, by or None, kind or None, before, _ROWS)
    query = {"by": by, "kind": kind}
    older = None
    if len(found) == _ROWS:
        older = f"/audit?{urlencode({**query, 'before': found[-1].number})}"
    return render(
        request,
        "audit.html",
        asker,
        rows=[row(each) for each in found],
        by=by,
        kind=kind,
        kinds=KINDS,
        tables=VALUES,
        older=older,
        verified=verified,
    )
