"""Server-sent events: `GET /api/v1/events` (HTML Living Standard, 9.2)."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .auth import Asker
from .context import Context, context
from .notices import Kind, Notice, may_follow
from .problems import TOLD

OPERATION = "events-follow"
"""The name of the route: what it answers has no end."""

router = APIRouter(tags=["events"])
_log = logging.getLogger(__name__)

# So that whatever lies between knows that the connection is in use, and a client its place.
_HEARTBEAT_S = 15.0
# What comes within is told at once.
_GATHER_S = 0.05
# A client that takes nothing for so long is let go; it may come back to its place.
_PATIENCE_S = 10.0
# Rows behind the log's end from which a client had better load everything anew.
_FAR = 20_000
_RETRY_MS = 2000


@router.get(
    "/events",
    summary="Follow what happens",
    response_description="Server-sent events, until the client leaves",
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def follow(
    request: Request,
    asker: Asker,
    kinds: Annotated[
        list[Kind] | None, Query(description="What to be told of; of all without it.")
    ] = None,
    last_event_id: Annotated[
        int | None, Header(ge=0, le=1 << 62, description="Go on after this event.")
    ] = None,
) -> Response:
    """Return a stream of notices: `event` is the kind, `id` the row of the log, `data` is JSON.

    `data` has `row`, `time_us`, `kind`, `what`, `device` and `about` (the row of an incident's
    alarm, or a proposal's number). What the role may not see is not told. `reset` says that too
    much has happened since `Last-Event-ID`: load everything anew.
    """
    wanted = frozenset(kinds or Kind) & may_follow(asker.role)
    here = context(request)
    await here.feed.note_access(asker.name, wanted)
    return EventStream(here, asker.name, request.state.token, wanted, last_event_id)


class EventStream(Response):
    """Tells `name`, by `token`, of what is `wanted`, after the row `after` or from now on."""

    media_type = "text/event-stream"

    def __init__(
        self, here: Context, name: str, token: str, wanted: frozenset[Kind], after: int | None
    ) -> None:
        super().__init__()
        del self.headers["Content-Length"]
        self._here = here
        self._name = name
        self._token = token
        self._wanted = wanted
        self._after = after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        with self._here.feed.following(self._name):
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            works = [
                asyncio.create_task(work) for work in (self._send_all(send), _departure(receive))
            ]
            try:
                done, _ = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
                for each in done:
                    each.result()
            finally:
                for each in works:
                    each.cancel()

    async def _send_all(self, send: Send) -> None:
        try:
            async for part in self._parts():
                async with asyncio.timeout(_PATIENCE_S):
                    await send({"type": "http.response.body", "body": part, "more_body": True})
        except TimeoutError:
            self._here.metrics.dropped_followers.inc()
            return
        except TOLD as error:
            # The client comes back to its place.
            _log.error("a stream of events has ended: %s", error)
        await send({"type": "http.response.body", "body": b""})

    async def _parts(self) -> AsyncIterator[bytes]:
        """Yield what is said, until the client may not hear it any more or the hub ends."""
        feed = self._here.feed
        head = feed.head
        after = head if self._after is None else self._after
        yield f"retry: {_RETRY_MS}\n\n".encode()
        if not head - _FAR <= after <= head:
            after = head
            yield b"event: reset\ndata: {}\n\n"
        yield _place(after)
        told_at = time.monotonic()
        while not feed.closed:
            person = await self._here.desk.with_token(self._token)
            if person is None:
                return
            wanted = self._wanted & may_follow(person.role)
            after, notices = await feed.read(after, wanted)
            if notices:
                yield b"".join(_told(notices))
            elif time.monotonic() - told_at < _HEARTBEAT_S:
                await self._more(after)
                continue
            else:
                yield _place(after)
            told_at = time.monotonic()

    async def _more(self, after: int) -> None:
        """Wait until the log has more, but not for too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_HEARTBEAT_S):
                await self._here.feed.grown(after)
            await asyncio.sleep(_GATHER_S)


async def _departure(receive: Receive) -> None:
    """Wait until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _place(row: int) -> bytes:
    """Return what tells a client its place and nothing else."""
    return f"id: {row}\n\n".encode()


def _told(notices: Iterable[Notice]) -> Iterable[bytes]:
    for each in notices:
        data = json.dumps(asdict(each), separators=(",", ":"))
        yield f"event: {each.kind}\nid: {each.row}\ndata: {data}\n\n".encode()
