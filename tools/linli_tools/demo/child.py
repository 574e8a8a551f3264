"""The inside of a process that a demo has started: it obeys lines of JSON, and ends with them.

The first line says what there is to do, each one after it is an order. When the demo is gone, in
whatever way, its end of the pipe is closed, and so ends whoever reads here.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

Message = dict[str, Any]
Obey = Callable[[Message], None]

# A first line says all that is to know of thousands of devices.
LINE_BYTES = 64 * 1024 * 1024
_TELL_S = 2.0


def say(message: Message) -> None:
    """Tell the demo something."""
    print(json.dumps(message), flush=True)


def usage() -> Message:
    """Return what this process has used since it began: `cpu_s`, and now: `memory_mb`."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    memory_mb = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return {"cpu_s": time.process_time(), "memory_mb": memory_mb}


async def tell_usage() -> None:
    """Tell the demo from time to time what this process uses, for ever."""
    while True:
        await asyncio.sleep(_TELL_S)
        say(usage())


def obey(work: Callable[[Message, "asyncio.Queue[Message]"], Awaitable[None]]) -> None:
    """Do `work(first line, orders)` until the demo is gone; what it raises is told and ends it."""
    try:
        asyncio.run(_obey(work))
    except BrokenPipeError:
        # The demo has gone while something was being told.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        first: BaseException = error
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        say({"error": f"{type(first).__name__}: {first}"})
        sys.exit(1)


async def _obey(work: Callable[[Message, "asyncio.Queue[Message]"], Awaitable[None]]) -> None:
    reader = asyncio.StreamReader(LINE_BYTES)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    orders: asyncio.Queue[Message] = asyncio.Queue()
    first = await reader.readline()
    if not first:
        return
    working = asyncio.ensure_future(work(json.loads(first), orders))
    reading = asyncio.create_task(_read(reader, orders))
    await asyncio.wait((working, reading), return_when=asyncio.FIRST_COMPLETED)
    reading.cancel()
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working


async def _read(reader: asyncio.StreamReader, orders: "asyncio.Queue[Message]") -> None:
    while line := await reader.readline():
        orders.put_nowait(json.loads(line))
