"""Connections to the web server: only so many, and none that takes its time to ask.

Devices connect to the same process, which must not run out of sockets for them.
"""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST = 1000
MOST_OF_ADDRESS = 100
# Between two looks at a connection: who has not said all of a request from one to the next is slow.
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

    def _look_later(self) -> None:
        self._look = self.loop.call_later(_LOOK_S, self._end_if_slow)

    def _end_if_slow(self) -> None:
        begun: Any = self.scope
        is_asking = self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
        if is_asking and begun is self._looked_at:
            self.transport.abort()
        else:
            self._looked_at = begun if is_asking else object()
            self._look_later()


def _address(connection: Any) -> str | None:
    return connection.client[0] if connection.client else None
