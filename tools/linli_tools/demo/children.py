"""A process of a demo, from outside: it is started, ordered about, listened to and ended."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from .child import LINE_BYTES, Message

# What it has for putting things away.
_PATIENCE_S = 5.0


class Child:
    """Runs `module` with the first line `first`; temporary files go to `folder`.

    `heard` hears what it says.
    """

    def __init__(
        self, module: str, first: Message, folder: Path, heard: Callable[[Message], None]
    ) -> None:
        self._module = module
        self._first = first
        self._folder = folder
        self._heard = heard
        self._process: asyncio.subprocess.Process | None = None

    async def run(self) -> str:
        """Run until it ends; return why it did."""
        process = self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            self._module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "TMPDIR": str(self._folder)},
            limit=LINE_BYTES,
            # ctrl-C is for the demo, which ends it in order.
            start_new_session=True,
        )
        assert process.stdout is not None
        try:
            self.order(self._first)
            why = ""
            async for line in process.stdout:
                message = json.loads(line)
                why = message.get("error", why)
                self._heard(message)
            code = await process.wait()
            return why or (signal.strsignal(-code) if code < 0 else None) or f"exit code {code}"
        finally:
            await self._end(process)

    def order(self, message: Message) -> None:
        """Have it do something; in vain once it has ended."""
        process = self._process
        if process is not None and process.stdin is not None and process.returncode is None:
            process.stdin.write(json.dumps(message).encode() + b"\n")

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
