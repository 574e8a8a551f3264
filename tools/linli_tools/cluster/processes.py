"""One machine's programs of a cluster: each is started again when it ends, as systemd does."""

import asyncio
import logging
import os
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

_log = logging.getLogger(__name__)

_REST_S = 1.0
# For what a program has to put away.
_PATIENCE_S = 20.0
# PostgreSQL refuses to run as root; with a user namespace it does not see that it does.
_NOT_ROOT = ("unshare", "--map-user=1000", "--map-group=1000", "--")
# Ends it with whoever has started it.
_NOT_ALONE = ("setpriv", "--pdeathsig=KILL", "--")


class Process:
    """Keeps a program running from `run` on; what it says is added to the file `log`.

    `prefix` goes in front of the command line; `pid` is None while it does not run. With a
    `watchdog_s`, it is killed when it has said once that it lives, and then not for so long, while
    `is_watched`.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        prefix: Sequence[str] = (),
        watchdog_s: float | None = None,
    ) -> None:
        self.name = name
        self._command = list(command)
        self._log = log
        self._prefix = list(prefix)
        self.is_watched = True
        self._watchdog_s = watchdog_s
        self._process: asyncio.subprocess.Process | None = None
        self._may_run = asyncio.Event()
        self._may_run.set()

    @property
    def pid(self) -> int | None:
        """Its process; that of whoever became it in the end."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def run(self) -> None:
        """Keep it running until cancelled, and have it end then."""
        try:
            while True:
                await self._may_run.wait()
                async with self._watched() as environment:
                    self._process = await self._start(environment)
                    code = await self._process.wait()
                _log.info("%s ended: %s", self.name, _why(code))
                await asyncio.sleep(_REST_S)
        finally:
            await self._end()

    def kill(self) -> None:
        """End it as a crash would; it is started again."""
        self.send(signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def hold(self) -> None:
        """Start it no more once it has ended."""
        self._may_run.clear()

    def release(self) -> None:
        """Start it again."""
        self._may_run.set()

    @asynccontextmanager
    async def _watched(self) -> AsyncIterator[dict[str, str]]:
        """Have it killed within when it hangs; yields what tells it where to say that it does not.

        It is what systemd does with `WatchdogSec` (sd_notify(3)).
        """
        if self._watchdog_s is None:
            yield {}
            return
        with (
            tempfile.TemporaryDirectory(prefix="linli-") as folder,
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as hearing,
        ):
            hearing.setblocking(False)
            hearing.bind(f"{folder}/notify")
            watching = asyncio.create_task(self._kill_unheard(hearing, self._watchdog_s))
            try:
                yield {
                    "NOTIFY_SOCKET": hearing.getsockname(),
                    "WATCHDOG_USEC": str(round(self._watchdog_s * 1e6)),
                }
            finally:
                watching.cancel()

    async def _kill_unheard(self, hearing: socket.socket, timeout_s: float) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_recv(hearing, 64)
        while True:
            try:
                async with asyncio.timeout(timeout_s):
                    await loop.sock_recv(hearing, 64)
            except TimeoutError:
                if self.is_watched:
                    _log.warning("%s hangs", self.name)
                    self.kill()

    async def _start(self, environment: dict[str, str]) -> asyncio.subprocess.Process:
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *self._prefix,
                *(_NOT_ROOT if os.geteuid() == 0 else ()),
                *_NOT_ALONE,
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._log.parent,
                env={**os.environ, "HOME": str(self._log.parent), **environment},
                # ctrl-C is for whoever keeps it, who ends it in order.
                start_new_session=True,
            )

    async def _end(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        self.send(signal.SIGTERM)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await process.wait()
        except TimeoutError:
            self.kill()
            await process.wait()


def _why(code: int) -> str:
    return (signal.strsignal(-code) if code < 0 else None) or f"exit code {code}"
