"""The web server: uvicorn in the hub's own event loop."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from .connections import Connection
from .context import Context
from .settings import Web, WebError

# For answers that are under way when the hub ends.
_FAREWELL_S = 2


class WebServer:
    """Serves `app` as `settings` say; it has its port from the beginning.

    WebError: it cannot listen there, or files of `settings` are no use.
    """

    def __init__(self, app: FastAPI, settings: Web) -> None:
        self._context: Context = app.state.context
        tls = settings.tls_context()
        self._socket = _listening(settings)
        self.port: int = self._socket.getsockname()[1]
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        self.address = f"{'https' if tls else 'http'}://{host}:{self.port}"
        self._server = _Server(
            uvicorn.Config(
                app,
                http=Connection,
                ws="none",
                lifespan="off",
                # The hub's own log has it, but for what is no HTTP: nobody is to fill a disk.
                log_config=None,
                log_level="error",
                access_log=False,
                # An address that somebody else tells is nobody's proof.
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=_FAREWELL_S,
                ssl_context_factory=(lambda config, default: tls) if tls else None,
            )
        )

    async def run(self) -> None:
        """Serve until cancelled; what is being answered then may take two seconds more."""
        serving = asyncio.create_task(self._server.serve([self._socket]))
        try:
            await asyncio.shield(serving)
        finally:
            self._context.feed.close()
            self._server.should_exit = True
            await serving


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the hub, which tells its parts in its own order."""
        yield


def _listening(settings: Web) -> socket.socket:
    where = f"{settings.host}:{settings.port}"
    try:
        (family, _, _, _, address), *_ = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        return socket.create_server(address[:2], family=family, backlog=128)
    except OSError as error:
        raise WebError(f"web {where}: {error.strerror or error}") from error
