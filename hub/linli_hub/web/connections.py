"""Connections to the web server: only so many, and none that takes its time to ask or to listen.

Devices connect to the same process, which must not run out of sockets for them.
"""

import asyncio
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from . import problems

MOST = 1000
MOST_OF_ADDRESS = 100
# Between two looks at a connection: who has not said all of a request from one to the next is slow,
# and so is who has taken nothing of an answer.
_LOOK_S = 15.0


class Connection(H11Protocol):
    """A connection, of at most `MOST` at all and `MOST_OF_ADDRESS` from one address."""

    _looked_at: object = None
    _look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See H11Protocol."""
        super().connection_made(transport)
        addresses = [_address(each) for each in self.connections]
        if len(addresses) > MOST or addresses.count(_address(self)) > MOST_OF_ADDRESS:
            transport.abort()
        else:
            self._look_later()

    def connection_lost(self, exc: Exception | None) -> None:
        """See H11Protocol."""
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP with a problem, as everything else that is wrong."""
        response = problems.answer(HTTPStatus.BAD_REQUEST, "this is no HTTP that the hub knows")
        told = [
            h11.Response(
                status_code=response.status_code,
                headers=[*response.raw_headers, (b"connection", b"close")],
            ),
            h11.Data(data=bytes(response.body)),
            h11.EndOfMessage(),
        ]
        for event in told:
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _look_later(self) -> None:
        self._look = self.loop.call_later(_LOOK_S, self._end_if_slow)

    def _end_if_slow(self) -> None:
        looked_at = self._state()
        if looked_at is not None and looked_at == self._looked_at:
            self.transport.abort()
        else:
            self._looked_at = looked_at
            self._look_later()

    def _state(self) -> object:
        """Return what must have changed by the next look; None while the hub makes an answer."""
        if unsent := self.transport.get_write_buffer_size():
            return unsent
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            # Each request has another.
            return id(self.scope)
        return None


def _address(connection: Any) -> str | None:
    return connection.client[0] if connection.client else None
